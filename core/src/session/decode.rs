//! Variables of a source as lazy arrays: the steps that `cf` describes become one elementwise program, run chunk by chunk.

use super::fills::Filled;
use super::sign::Resign;
use crate::cf::{Fact, Mask, Packing, Policy, Reinterpret, Test};
use crate::model::{Attrs, Block, DType, Error, Region, Result, Source, VariableMeta};
use crate::plan::{ArrayMeta, Binary, Instr, MapOp, Node, NodeKind, Op, Program, Unary};
use std::sync::Arc;

/// A variable decoded.
pub(super) struct Decoded {
    pub(super) node: Arc<Node>,
    /// Attributes without those that decoding has used up.
    pub(super) attrs: Attrs,
    pub(super) facts: Vec<Fact>,
}

/// The values as they stand on disk.
pub(super) fn raw(source: &Arc<dyn Source>, var: &VariableMeta) -> Result<Arc<Node>> {
    Node::source(Arc::clone(source), &var.path)
}

/// The values that are meant: sign, masks, scale and offset applied, missing as NaN. Values that need none of these keep
/// their type; text passes as it is.
pub(super) fn variable(source: &Arc<dyn Source>, var: &VariableMeta, policy: Policy) -> Result<Decoded> {
    let packing = Packing::of(var, source.format_of(&var.path), policy);
    let stored = raw(source, var)?;
    let mut attrs = var.attrs.clone();
    if packing.decoded == DType::Bool {
        // xarray's mark of truth values. They are such now, and a count of them is not.
        attrs.remove("dtype");
    }
    if packing.decoded == DType::Bool && var.dtype != DType::Bool {
        let op = MapOp::new(Program { steps: vec![Instr::Load(0)] }, DType::Bool, &[stored.meta()]);
        return Ok(Decoded { node: Node::op(Arc::new(op), vec![stored])?, attrs, facts: packing.facts });
    }
    if packing.is_identity() {
        // A NaN that marks the missing in floats says nothing that NaN does not say itself.
        if var.dtype.is_float() {
            Packing::USED.iter().for_each(|name| drop(attrs.remove(name)));
        }
        return Ok(Decoded { node: stored, attrs, facts: packing.facts });
    }
    Packing::USED.iter().for_each(|name| drop(attrs.remove(name)));
    if packing.scale.is_some() || packing.offset.is_some() {
        // They limit the packed numbers, and would blank the decoded ones wherever those are read again.
        ["valid_range", "valid_min", "valid_max"].iter().for_each(|name| drop(attrs.remove(name)));
    }
    let op = operation(var, &packing, stored.meta());
    Ok(Decoded { node: Node::op(op, vec![stored])?, attrs, facts: packing.facts })
}

/// What decodes an array.
fn operation(var: &VariableMeta, packing: &Packing, stored: &ArrayMeta) -> Arc<dyn Op> {
    if let Some(filled) = Filled::of(var, packing) {
        return Arc::new(filled);
    }
    let alone = packing.masks.is_empty() && packing.scale.is_none() && packing.offset.is_none();
    if alone && packing.reinterpret.is_some() && packing.packed.size() == 8 {
        return Arc::new(Resign);
    }
    Arc::new(MapOp::new(program(packing), packing.decoded.clone(), &[stored]))
}

/// All values of a small array at once, without the engine: for labels that must be there when data are opened.
pub(super) fn read_now(node: &Arc<Node>) -> Result<Block> {
    let region = Region::all(&node.meta().shape);
    match node.kind() {
        NodeKind::Source { source, path } => source.read(path, &region),
        NodeKind::Literal(block) => Ok((**block).clone()),
        NodeKind::Op(op) => {
            let inputs: Vec<Block> = node.inputs().iter().map(read_now).collect::<Result<_>>()?;
            let regions: Vec<Region> = inputs.iter().map(|b| Region::all(b.shape())).collect();
            if op.reduce().is_some() {
                return Err(Error::internal("labels are never reduced"));
            }
            op.compute(&region, &regions.iter().zip(&inputs).collect::<Vec<_>>())
        }
    }
}

/// The steps of a packing for one cell.
fn program(packing: &Packing) -> Program {
    let mut p = Program::default();
    let loaded = p.push(Instr::Load(0));
    let packed = match packing.reinterpret {
        None => loaded,
        Some(Reinterpret::Unsigned(bits)) => p.push(Instr::Unary(Unary::Unsigned(bits), loaded)),
        Some(Reinterpret::Signed(bits)) => {
            let half = p.push(Instr::Const(2f64.powi(i32::from(bits) - 1)));
            let all = p.push(Instr::Const(2f64.powi(i32::from(bits))));
            let high = p.push(Instr::Binary(Binary::Ge, loaded, half));
            let wrapped = p.push(Instr::Binary(Binary::Sub, loaded, all));
            p.push(Instr::Select(high, wrapped, loaded))
        }
    };
    let mut value = packed;
    for (factor, by) in [(packing.scale, Binary::Mul), (packing.offset, Binary::Add)] {
        if let Some(factor) = factor {
            let factor = p.push(Instr::Const(factor));
            value = p.push(Instr::Binary(by, value, factor));
        }
    }
    let missing = packing.masks.iter().fold(None, |before, mask| {
        let test = test(&mut p, mask, packed);
        Some(before.map_or(test, |before| p.push(Instr::Binary(Binary::Or, before, test))))
    });
    if let Some(missing) = missing {
        let nan = p.push(Instr::Const(f64::NAN));
        value = p.push(Instr::Select(missing, nan, value));
    }
    p.finish(value);
    p
}

fn test(p: &mut Program, mask: &Mask, of: usize) -> usize {
    let (binary, limit) = match mask.test {
        Test::Equal(v) => (Binary::Eq, v),
        Test::Below(v) => (Binary::Lt, v),
        Test::Above(v) => (Binary::Gt, v),
    };
    let limit = p.push(Instr::Const(limit));
    p.push(Instr::Binary(binary, of, limit))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use super::{Filled, operation, read_now};
    use crate::cf::{Packing, Policy};
    use crate::model::{AttrValue, Attrs, Block, Data, Tier, VariableMeta};
    use crate::plan::Node;

    #[test]
    fn fills_of_64_bits_are_none_of_their_neighbours() {
        let fill = (1_i64 << 62) + 1;
        let of = |v: Vec<i64>| AttrValue::Numbers(Data::I64(v));
        let values = Data::I64(vec![1 << 62, fill, fill + 1, 7]);
        let found = decode(values.clone(), vec![("_FillValue", of(vec![fill]))]);
        assert_eq!(found.iter().map(|x| x.is_nan()).collect::<Vec<_>>(), [false, true, false, false]);
        let found = decode(values, vec![("_FillValue", of(vec![fill])), ("missing_value", of(vec![7]))]);
        assert_eq!(found.iter().map(|x| x.is_nan()).collect::<Vec<_>>(), [false, true, false, true]);
        let large = Data::U64(vec![u64::MAX, u64::MAX - 1, 0]);
        let found = decode(large, vec![("_FillValue", AttrValue::Numbers(Data::U64(vec![u64::MAX])))]);
        assert!(found[0].is_nan() && !found[1].is_nan() && found[2] == 0.0);
    }

    fn decode(data: Data, attrs: Vec<(&str, AttrValue)>) -> Vec<f64> {
        exact(data, attrs).to_f64()
    }

    fn exact(data: Data, attrs: Vec<(&str, AttrValue)>) -> Data {
        let meta = VariableMeta {
            name: "v".into(),
            path: "/v".into(),
            dtype: data.dtype(),
            dims: vec!["x".into()],
            shape: vec![data.len()],
            chunks: None,
            shards: None,
            filters: Vec::new(),
            fill_value: None,
            tier: Tier::Direct,
            attrs: Attrs(attrs.into_iter().map(|(n, v)| (n.to_owned(), v)).collect()),
        };
        let packing = Packing::of(&meta, "netcdf3", Policy::Full);
        let stored = Node::literal(vec!["x".into()], Block::new(vec![data.len()], data.clone()).unwrap()).unwrap();
        let op = operation(&meta, &packing, stored.meta());
        let out = read_now(&Node::op(op, vec![stored]).unwrap()).unwrap().into_data();
        // The description computes in `f64`, which cannot tell these apart.
        let rounded =
            packing.reinterpret.is_some() && packing.packed.size() == 8 || Filled::of(&meta, &packing).is_some();
        for (i, &x) in out.to_f64().iter().enumerate() {
            let expected = packing.decode(data.f64(i));
            assert!(rounded || x == expected || (x.is_nan() && expected.is_nan()), "{x} is not {expected}");
        }
        out
    }

    #[test]
    fn the_program_does_what_the_description_says() {
        let number = |d: Data| AttrValue::Numbers(d);
        let out = decode(
            Data::I16(vec![-32767, 0, 100, 30_000, -5]),
            vec![
                ("_FillValue", number(Data::I16(vec![-32767]))),
                ("scale_factor", number(Data::F32(vec![0.01]))),
                ("add_offset", number(Data::F32(vec![273.15]))),
                ("valid_max", number(Data::I16(vec![20_000]))),
            ],
        );
        assert!(out[0].is_nan() && out[3].is_nan() && !out[4].is_nan());
        assert!((out[2] - 274.15).abs() < 1e-4);
        assert_eq!(
            decode(Data::I8(vec![-128, -1, 5]), vec![("_Unsigned", AttrValue::Text("true".into()))]),
            [128.0, 255.0, 5.0]
        );
        assert_eq!(decode(Data::U8(vec![200, 5]), vec![("_Unsigned", AttrValue::Text("false".into()))]), [-56.0, 5.0]);
        let out = decode(Data::F64(vec![1.0, 9.0]), vec![("missing_value", number(Data::F64(vec![9.0])))]);
        assert!(out[1].is_nan() && out[0] == 1.0);
        let wide = decode(Data::I64(vec![3]), vec![("_FillValue", number(Data::I64(vec![3])))]);
        assert!(wide[0].is_nan());
    }

    #[test]
    fn the_sign_of_64_bits_changes_bit_for_bit() {
        let says = |text: &str| vec![("_Unsigned", AttrValue::Text(text.into()))];
        let least = i64::MIN + 1;
        assert_eq!(
            exact(Data::I64(vec![-7, -1, least]), says("true")),
            Data::U64(vec![u64::MAX - 6, u64::MAX, (1 << 63) + 1])
        );
        assert_eq!(exact(Data::U64(vec![u64::MAX, u64::MAX - 6, 5]), says("false")), Data::I64(vec![-1, -7, 5]));
    }
}
