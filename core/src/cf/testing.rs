//! Small variables and groups for the tests of this folder.
#![expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "numbers chosen by the tests")]

use crate::model::{AttrValue, Attrs, DType, Data, Group, Tier, VariableMeta};

/// A variable of the root with dimensions of length 1.
pub(super) fn meta(name: &str, dtype: DType, dims: &[&str]) -> VariableMeta {
    VariableMeta {
        name: name.to_owned(),
        path: format!("/{name}"),
        dtype,
        dims: dims.iter().map(|d| (*d).to_owned()).collect(),
        shape: vec![1; dims.len()],
        chunks: None,
        shards: None,
        filters: Vec::new(),
        fill_value: None,
        tier: Tier::Direct,
        attrs: Attrs::default(),
    }
}

/// A numeric attribute of the given type.
pub(super) fn numbers(dtype: &DType, values: &[f64]) -> AttrValue {
    let v = values.iter();
    AttrValue::Numbers(match dtype {
        DType::I8 => Data::I8(v.map(|&x| x as i8).collect()),
        DType::U8 => Data::U8(v.map(|&x| x as u8).collect()),
        DType::I16 => Data::I16(v.map(|&x| x as i16).collect()),
        DType::U16 => Data::U16(v.map(|&x| x as u16).collect()),
        DType::I32 => Data::I32(v.map(|&x| x as i32).collect()),
        DType::U32 => Data::U32(v.map(|&x| x as u32).collect()),
        DType::I64 => Data::I64(v.map(|&x| x as i64).collect()),
        DType::F32 => Data::F32(v.map(|&x| x as f32).collect()),
        _ => Data::F64(v.copied().collect()),
    })
}

/// A variable from a line: `lat_rho(eta_rho,xi_rho) units=degrees north;axis=Y` — name, dimensions, attributes as text.
///
/// Attributes are parted by `;`, or by blanks where each word has an `=`.
pub(super) fn variable(line: &str) -> VariableMeta {
    let (head, attrs) = line.split_once(')').unwrap_or((line, ""));
    let (name, dims) = head.split_once('(').unwrap_or((head, ""));
    let dims: Vec<&str> = dims.split(',').filter(|d| !d.is_empty()).collect();
    let mut variable = meta(name, DType::F32, &dims);
    let attrs = attrs.trim_start();
    let by_words = !attrs.contains(';') && attrs.split_whitespace().all(|w| w.contains('='));
    let parts: Vec<&str> = if by_words { attrs.split_whitespace().collect() } else { attrs.split(';').collect() };
    for (name, value) in parts.into_iter().filter_map(|p| p.split_once('=')) {
        variable.attrs.set(name.trim(), AttrValue::Text(value.to_owned()));
    }
    variable
}

/// A root group of such variables.
pub(super) fn group(lines: &[&str]) -> Group {
    Group {
        name: "/".to_owned(),
        path: "/".to_owned(),
        variables: lines.iter().map(|l| variable(l)).collect(),
        ..Group::default()
    }
}
