//! A source described by lines of text, for fuzzing what attributes mean:
//!
//! ```text
//! time=4                                     a dimension, up to 64 long
//! group inner                                a group in which the lines below stand
//! i2 t(time,lat) units=K;scale_factor=f8:.5  type, name, dimensions, attributes
//! :Conventions=CF-1.9                        an attribute of the group
//! ```
//!
//! An attribute is text, or numbers after their type: `i2:1,2`. Values are a few numbers in turn.

use crate::model::{
    AttrValue, Attrs, Block, DType, Data, Dim, Error, Group, Region, Result, Source, SourceInfo, Tier, VariableMeta,
};

/// The longest dimension, and the most cells of a variable.
const LONGEST: usize = 64;
const CELLS: usize = 600;
/// What the cells hold.
const VALUES: [f64; 10] = [0.0, 1.0, 2.5, -999.0, 45.0, 3.0, 9.969_209_968_386_869e36, 127.0, -1e300, f64::NAN];

/// The source.
pub(super) struct Described(SourceInfo);

impl Described {
    /// Reads the lines; one that makes no sense is passed over.
    pub(super) fn read(text: &str) -> Self {
        let mut root = Group { name: "/".to_owned(), path: "/".to_owned(), ..Group::default() };
        let mut within: Option<Group> = None;
        for line in text.lines() {
            let group = within.as_mut().unwrap_or(&mut root);
            if let Some(name) = line.strip_prefix("group ") {
                let next = Group { name: name.to_owned(), path: format!("/{name}"), ..Group::default() };
                root.groups.extend(within.replace(next));
            } else if let Some((name, value)) = line.strip_prefix(':').and_then(|l| l.split_once('=')) {
                group.attrs.set(name, attribute(value));
            } else if let Some(variable) = variable(line, group) {
                group.variables.push(variable);
            } else if let Some((name, Ok(size))) = line.split_once('=').map(|(n, s)| (n, s.parse::<usize>())) {
                group.dims.push(Dim { name: name.to_owned(), size: size.min(LONGEST), unlimited: size % 2 == 1 });
            }
        }
        root.groups.extend(within);
        let (format, path, identity) = ("netcdf4", "described".to_owned(), text.to_owned());
        Self(SourceInfo { format, path, identity, root, warnings: Vec::new() })
    }
}

impl Source for Described {
    fn info(&self) -> &SourceInfo {
        &self.0
    }

    fn read(&self, path: &str, region: &Region) -> Result<Block> {
        let variable = self.0.root.variable(path).ok_or_else(|| Error::not_found(path))?;
        region.check(&variable.shape)?;
        let cells = variable.cells();
        let values: Vec<f64> = VALUES.iter().cycle().skip(variable.name.len()).take(cells).copied().collect();
        Block::new(variable.shape.clone(), data(&variable.dtype, &values))?.slice(region)
    }
}

fn variable(line: &str, group: &Group) -> Option<VariableMeta> {
    let (head, attrs) = line.split_once(')')?;
    let (dtype, rest) = head.split_once(' ')?;
    let (name, dims) = rest.split_once('(')?;
    let dims: Vec<String> = dims.split(',').filter(|d| !d.is_empty()).map(str::to_owned).collect();
    let length = |d: &String| group.dims.iter().find(|dim| dim.name == *d).map_or(2, |dim| dim.size);
    let shape: Vec<usize> = dims.iter().map(length).collect();
    let meta = VariableMeta {
        name: name.to_owned(),
        path: format!("{}/{name}", group.path.trim_end_matches('/')),
        dtype: self::dtype(dtype)?,
        dims,
        shape,
        chunks: None,
        shards: None,
        filters: Vec::new(),
        fill_value: None,
        tier: Tier::Direct,
        attrs: Attrs(
            attrs
                .split(';')
                .filter_map(|a| a.split_once('='))
                .map(|(n, v)| (n.trim().to_owned(), attribute(v)))
                .collect(),
        ),
    };
    (meta.cells() <= CELLS).then_some(meta)
}

fn dtype(code: &str) -> Option<DType> {
    Some(match code {
        "i1" => DType::I8,
        "i2" => DType::I16,
        "i4" => DType::I32,
        "i8" => DType::I64,
        "u1" => DType::U8,
        "u2" => DType::U16,
        "f4" => DType::F32,
        "f8" => DType::F64,
        "text" => DType::String,
        _ => return None,
    })
}

fn attribute(value: &str) -> AttrValue {
    let numbers = value.split_once(':').and_then(|(code, list)| {
        let values: Vec<f64> = list.split(',').map(|n| n.trim().parse().ok()).collect::<Option<_>>()?;
        dtype(code).filter(DType::is_numeric).map(|dtype| AttrValue::Numbers(data(&dtype, &values)))
    });
    numbers.unwrap_or_else(|| AttrValue::Text(value.to_owned()))
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "what does not fit may saturate")]
fn data(dtype: &DType, values: &[f64]) -> Data {
    let all = values.iter();
    match dtype {
        DType::I8 => Data::I8(all.map(|&x| x as i8).collect()),
        DType::I16 => Data::I16(all.map(|&x| x as i16).collect()),
        DType::I32 => Data::I32(all.map(|&x| x as i32).collect()),
        DType::I64 => Data::I64(all.map(|&x| x as i64).collect()),
        DType::U8 => Data::U8(all.map(|&x| x as u8).collect()),
        DType::U16 => Data::U16(all.map(|&x| x as u16).collect()),
        DType::F32 => Data::F32(all.map(|&x| x as f32).collect()),
        DType::String => Data::Text(all.map(f64::to_string).collect()),
        _ => Data::F64(values.to_vec()),
    }
}
