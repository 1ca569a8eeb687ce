//! A source that goes on where chunks are damaged: their cells hold what stands for missing, and the chunks are noted.

use super::Damage;
use super::many::filled;
use crate::cf::{Packing, Policy};
use crate::model::{Block, DType, Error, ErrorKind, Region, Result, Source, SourceInfo, Span, VariableMeta};
use std::sync::Arc;

/// The source, chunks of which may be damaged. What is damaged is decided chunk by chunk; of a variable without chunks
/// position by position of its first dimension. Labels of dimensions are never made up: damage there is an error.
pub(super) struct Marked {
    inner: Arc<dyn Source>,
    damage: Damage,
    policy: Policy,
}

impl Marked {
    pub(super) fn over(inner: Arc<dyn Source>, damage: &Damage, policy: Policy) -> Arc<dyn Source> {
        Arc::new(Self { inner, damage: damage.clone(), policy })
    }

    /// The number on disk that means missing. A default fill of netCDF does not: a reader of the result need not know it.
    fn missing(&self, var: &VariableMeta) -> Option<f64> {
        if !var.dtype.is_numeric() || var.dtype == DType::Bool || var.dims == [var.name.as_str()] {
            return None;
        }
        let mut packing = Packing::of(var, self.inner.format_of(&var.path), self.policy);
        packing.masks.retain(|mask| mask.from != "default fill");
        packing.encode(f64::NAN).filter(|&x| x.is_nan() || packing.why_missing(x).is_some())
    }

    /// A region that could not be read at once, chunk by chunk.
    fn in_chunks(&self, var: &VariableMeta, region: &Region, missing: f64) -> Result<Block> {
        let path = &var.path;
        let mut out = Block::new(region.shape(), filled(&var.dtype, region.cells(), Some(missing)))?;
        for chunk in chunks(var, self.inner.seams(path), region) {
            let Some(part) = chunk.intersect(region) else { continue };
            match self.inner.read(path, &part) {
                Ok(block) => out.paste(&part.relative_to(region), &block, &Region::all(block.shape()))?,
                Err(error) if error.kind() == ErrorKind::Corrupt => {
                    let why = error.message().to_owned();
                    self.damage.note(self.inner.info(), path, &var.dims, chunk, why);
                }
                Err(error) => return Err(error),
            }
        }
        Ok(out)
    }
}

/// The chunks that a region touches, each whole.
fn chunks(var: &VariableMeta, seams: Option<(usize, Vec<usize>)>, region: &Region) -> Vec<Region> {
    let grid = var.chunks.clone().unwrap_or_else(|| {
        let first = |d: usize, n: usize| if d == 0 { 1 } else { n.max(1) };
        var.shape.iter().enumerate().map(|(d, &n)| first(d, n)).collect()
    });
    let (dim, starts) = seams.unwrap_or((0, vec![0]));
    let size = var.shape.get(dim).copied().unwrap_or(1);
    let mut all = Vec::new();
    for (i, &start) in starts.iter().enumerate() {
        // Each piece's chunks begin with it.
        let piece = Span::new(start, starts.get(i + 1).copied().unwrap_or(size).saturating_sub(start));
        let (mut within, mut shape) = (region.clone(), var.shape.clone());
        if let (Some(span), Some(length)) = (within.0.get_mut(dim), shape.get_mut(dim)) {
            let common = span.intersect(piece);
            (*span, *length) = (Span::new(common.start.saturating_sub(start), common.len), piece.len);
        }
        if within.is_empty() {
            continue;
        }
        all.extend(within.chunks(&grid, &shape).map(|mut chunk| {
            chunk.0.iter_mut().skip(dim).take(1).for_each(|span| span.start += start);
            chunk
        }));
    }
    all
}

impl Source for Marked {
    fn info(&self) -> &SourceInfo {
        self.inner.info()
    }

    fn read(&self, path: &str, region: &Region) -> Result<Block> {
        let error = match self.inner.read(path, region) {
            Err(error) if error.kind() == ErrorKind::Corrupt => error,
            other => return other,
        };
        let Some(var) = self.inner.info().root.variable(path) else { return Err(error) };
        match self.missing(var) {
            Some(missing) => self.in_chunks(var, region, missing),
            None => Err(unmarked(error, var)),
        }
    }

    fn beneath(&self) -> Option<&dyn Source> {
        Some(&*self.inner)
    }
}

/// Damage of a variable in which nothing stands for missing.
fn unmarked(error: Error, var: &VariableMeta) -> Error {
    let error = error.within(format!("{} cannot be marked as missing", var.path));
    if var.dims == [var.name.as_str()] {
        error.hint("labels of a dimension are needed whole; leave its damaged part out with isel, or repair the file")
    } else if var.dtype.is_integer() {
        error.hint(format!(
            "its {} have no _FillValue: give one with --attr {}:_FillValue=VALUE, or leave it out with select",
            var.dtype, var.name
        ))
    } else {
        error.hint(format!("nothing stands for missing in values of type {}: leave it out with select", var.dtype))
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use super::{Damage, Marked};
    use crate::cf::Policy;
    use crate::model::{
        AttrValue, Attrs, Block, DType, Data, Error, ErrorKind, Group, Region, Result, Source, SourceInfo, Span, Tier,
        VariableMeta,
    };
    use crate::plan::Node;
    use std::sync::Arc;

    /// `v(y, x)` in two pieces of 5 and 4 rows, chunks of 2 rows; the chunks that hold rows 2 and 8 are damaged.
    struct Holed(SourceInfo);

    fn holed(dtype: DType, fill: Option<f64>, chunked: bool) -> Arc<dyn Source> {
        let fill = fill.map(|x| ("_FillValue".to_owned(), AttrValue::Numbers(Data::F64(vec![x]))));
        let variable = VariableMeta {
            name: "v".into(),
            path: "/v".into(),
            dtype,
            dims: vec!["y".into(), "x".into()],
            shape: vec![9, 2],
            chunks: chunked.then(|| vec![2, 2]),
            shards: None,
            filters: Vec::new(),
            fill_value: None,
            tier: Tier::Direct,
            attrs: Attrs(fill.into_iter().collect()),
        };
        let root = Group { name: "/".into(), path: "/".into(), variables: vec![variable], ..Group::default() };
        let identity = "holed".to_owned();
        Arc::new(Holed(SourceInfo { format: "zarr2", path: "h.nc".into(), identity, root, warnings: Vec::new() }))
    }

    impl Source for Holed {
        fn info(&self) -> &SourceInfo {
            &self.0
        }

        fn read(&self, _path: &str, region: &Region) -> Result<Block> {
            let meta = &self.0.root.variables[0];
            let bad = if meta.chunks.is_some() { [2..4, 7..9] } else { [2..3, 8..9] };
            let rows = region.0[0].start..region.0[0].end();
            if let Some(bad) = bad.iter().find(|b| rows.start < b.end && b.start < rows.end) {
                return Err(Error::corrupt(format!("a checksum differs in {bad:?}")));
            }
            let columns = region.0[1].start..region.0[1].end();
            let values = rows.flat_map(|y| columns.clone().map(move |x| i16::try_from(y * 10 + x).unwrap()));
            let data = match meta.dtype {
                DType::I16 => Data::I16(values.collect()),
                _ => Data::F32(values.map(f32::from).collect()),
            };
            Block::new(region.shape(), data)
        }

        fn seams(&self, _path: &str) -> Option<(usize, Vec<usize>)> {
            Some((0, vec![0, 5]))
        }
    }

    #[test]
    fn damaged_chunks_are_missing_and_noted() {
        let damage = Damage::default();
        let source = Marked::over(holed(DType::F32, None, true), &damage, Policy::Full);
        let rows = |source: &Arc<dyn Source>, start, len| {
            let region = Region(vec![Span::new(start, len), Span::new(0, 2)]);
            source.read("/v", &region).map(|b| b.into_data().to_f64())
        };
        assert_eq!(rows(&source, 0, 2).unwrap(), [0.0, 1.0, 10.0, 11.0]);
        assert!(
            damage.warnings().is_empty() && damage.behind(&Node::source(Arc::clone(&source), "/v").unwrap()).is_none()
        );
        // Of the second piece the chunks begin at row 5: the damaged one holds rows 7 and 8.
        let all = rows(&source, 0, 9).unwrap();
        let missing: Vec<usize> = (0..9).filter(|y| all[2 * y].is_nan() && all[2 * y + 1].is_nan()).collect();
        assert_eq!((missing, all[9], all[13]), (vec![2, 3, 7, 8], 41.0, 61.0));
        assert!(rows(&source, 3, 1).unwrap()[0].is_nan());
        assert_eq!(
            damage.warnings(),
            [
                "/v y=2:4,x=0:2 of h.nc is damaged, its cells are missing: a checksum differs in 2..4",
                "/v y=7:9,x=0:2 of h.nc is damaged, its cells are missing: a checksum differs in 7..9"
            ]
        );
        let node = Node::source(source, "/v").unwrap();
        assert_eq!(damage.behind(&node).unwrap(), "/v y=2:4,x=0:2; /v y=7:9,x=0:2");

        let whole = Damage::default();
        let source = Marked::over(holed(DType::F32, None, false), &whole, Policy::Full);
        let missing = rows(&source, 0, 9).unwrap().chunks(2).filter(|row| row[0].is_nan()).count();
        assert_eq!((missing, whole.warnings().len()), (2, 2), "of what has no chunks, rows");
    }

    #[test]
    fn integers_need_a_fill_value_of_their_own() {
        let damage = Damage::default();
        let all = Region::all(&[9, 2]);
        let filled = Marked::over(holed(DType::I16, Some(-7.0), true), &damage, Policy::Full);
        let Data::I16(values) = filled.read("/v", &all).unwrap().into_data() else { unreachable!("the type stays") };
        assert_eq!((values[3], values[4], values[7], values[8]), (11, -7, -7, 40));
        let bare = Marked::over(holed(DType::I16, None, true), &Damage::default(), Policy::Full);
        let error = bare.read("/v", &all).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Corrupt);
        let text = error.to_string();
        assert!(text.starts_with("/v cannot be marked as missing: a checksum differs in"), "{text}");
        assert!(text.contains("int16 have no _FillValue: give one with --attr v:_FillValue=VALUE"), "{text}");
    }

    #[test]
    fn warnings_are_few_however_much_is_damaged() {
        let damage = Damage::default();
        let source = holed(DType::F32, None, true);
        for i in 0..2500 {
            let chunk = Region(vec![Span::new(i, 1), Span::new(0, 2)]);
            damage.note(source.info(), "/v", &["y".into(), "x".into()], chunk, "short".into());
        }
        let lines = damage.warnings();
        assert_eq!((lines.len(), lines[10].as_str()), (11, "2490 more chunks are damaged, their cells are missing"));
        let told = damage.behind(&Node::source(source, "/v").unwrap()).unwrap();
        assert!(told.starts_with("/v y=0:1,x=0:2; ") && told.ends_with("; and 1500 more"));
    }
}
