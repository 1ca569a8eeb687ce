//! TIFF, `BigTIFF` and `GeoTIFF`: pages of one kind as one lazy array; several files as one in a stack.
//!
//! Reads beside any library: positions of strips and tiles come from the file's own tables when a read needs them, so a
//! stack of a million pages costs its directories and no more. Knows nothing of CF but the names it gives to places.

mod complex;
mod compression;
mod decode;
mod fax;
mod geo;
mod ifd;
mod images;
mod jpeg2000;
mod lerc;
mod levels;
mod page;
mod series;
mod stack;
#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests;

pub(crate) use stack::open_stack;

use super::file::RandomFile;
use super::plain::{bytes_mut, cells};
use crate::model::{
    AttrValue, Attrs, Block, DType, Data, Dim, Error, ErrorKind, Group, Member, Region, Result, Source, SourceInfo,
    Span, Tier, VariableMeta,
};
use complex::Half;
use ifd::{Directory, Layout};
use series::Series;
use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

/// Whether the file starts as a TIFF or `BigTIFF` of either byte order.
#[must_use]
pub fn detect(path: &Path) -> bool {
    super::first_bytes(path, 4).is_ok_and(|b| Layout::detect(&b).is_some())
}

/// Opens a TIFF: reads its directories, no pixels.
///
/// Pages of one size and type form `image` (`image_1` … for further kinds, `overview` and `mask` where a page says that
/// it is one, or stands below another), with the dimensions `page` (or those that `ImageJ`, OME or tifffile wrote), `y`, `x` and `band` for the
/// values of a pixel.
///
/// # Errors
/// [`Corrupt`](crate::model::ErrorKind::Corrupt) where no page can be read.
pub fn open(path: &Path) -> Result<Arc<dyn Source>> {
    Ok(Arc::new(Tiff::open(path)?))
}

/// An open file.
pub(super) struct Tiff {
    file: RandomFile,
    info: SourceInfo,
    /// By the path of their variable.
    series: HashMap<String, Series>,
    /// Coordinates, which are held in memory.
    labels: HashMap<String, Block>,
}

impl Tiff {
    fn open(path: &Path) -> Result<Self> {
        let file = RandomFile::open(path)?;
        let mut start = [0; 4];
        file.read_at(0, &mut start)?;
        let layout = Layout::detect(&start).ok_or_else(|| Error::corrupt("it does not start as a TIFF").at(path))?;
        let (directories, stopped) = layout.directories(&file).map_err(|e| e.within("the first page").at(path))?;
        let mut warnings: Vec<String> = stopped
            .map(|why| format!("only the first {} pages can be read: {why}", directories.len()))
            .into_iter()
            .collect();
        let all = series::group(layout, &file, &directories, &mut warnings);
        if all.is_empty() {
            return Err(Error::unsupported(warnings.first().cloned().unwrap_or_default()).at(path));
        }
        let mut build = Build { layout, file: &file, root: root(), labels: HashMap::new(), warnings };
        let mut series = HashMap::new();
        for one in all {
            let variable = build.variable(&one);
            series.insert(variable.path.clone(), one);
            build.root.variables.push(variable);
        }
        if let Some(first) = directories.first() {
            build.root.attrs = texts(layout, &file, first);
        }
        let Build { root, labels, warnings, .. } = build;
        let info = SourceInfo {
            format: "tiff",
            path: path.display().to_string(),
            identity: file.identity().to_owned(),
            root,
            warnings,
        };
        Ok(Self { file, info, series, labels })
    }

    /// The pixels of a region; of complex ones the part asked for, else texts of both.
    fn pixels(&self, series: &Series, region: &Region, half: Option<Half>) -> Result<Data> {
        let format = &series.format;
        let plain = format.plain().ok_or_else(|| Error::internal("pixels that are no numbers"))?;
        let complex = matches!(format.dtype, DType::Complex(_));
        let finish = |data| if complex { complex::of(plain.finish(data), half) } else { plain.finish(data) };
        let numbers = cells(region)?.checked_mul(if complex { 2 } else { 1 });
        let mut data = plain.plane(numbers.ok_or_else(|| Error::new(ErrorKind::Memory, "more cells than memory"))?)?;
        let out = bytes_mut(&mut data);
        let leading: Vec<usize> = series.leading.iter().map(|(_, size)| *size).collect();
        let (outer, inner) = region.0.split_at(leading.len());
        // Planes of a page are read one after the other, values side by side together.
        let (planes, inner) = match inner {
            [planes, inner @ ..] if format.planar => (*planes, inner),
            inner => (Span::new(0, 1), inner),
        };
        let mut part = inner.to_vec();
        if format.depth == 1 {
            part.insert(0, Span::new(0, 1));
        }
        if format.together() == 1 {
            part.push(Span::new(0, 1));
        }
        let part = Region(part);
        let bytes = part.cells() * format.size();
        if out.is_empty() {
            return Ok(finish(data));
        }
        let mut rest = out;
        for at in Region(outer.to_vec()).chunks(&vec![1; leading.len()], &leading) {
            let number = at.0.iter().zip(&leading).fold(0, |n, (span, size)| n * size + span.start);
            let page = series.pages.get(number).ok_or_else(|| Error::internal("a page that is not there"))?;
            for plane in planes.start..planes.end() {
                let (now, later) =
                    rest.split_at_mut_checked(bytes).ok_or_else(|| Error::internal("no room for a page"))?;
                format.read(&self.file, page, plane, &part, now).map_err(|e| e.within(format!("page {number}")))?;
                rest = later;
            }
        }
        Ok(finish(data))
    }
}

impl Source for Tiff {
    fn info(&self) -> &SourceInfo {
        &self.info
    }

    fn read(&self, path: &str, region: &Region) -> Result<Block> {
        let (meta, half) = complex::find(&self.info, path)?;
        let within = |e: Error| e.within(format!("cannot read variable {path}")).at(&self.info.path);
        region.check(&meta.shape).map_err(within)?;
        match (self.series.get(&meta.path), self.labels.get(&meta.path)) {
            (Some(series), _) => Block::new(region.shape(), self.pixels(series, region, half).map_err(within)?),
            (None, Some(labels)) => labels.slice(region),
            (None, None) => Err(within(Error::internal("it stands nowhere"))),
        }
    }

    fn readable(&self, path: &str) -> Result<()> {
        let (meta, _) = complex::find(&self.info, path)?;
        let known = self.series.get(&meta.path).map_or(Ok(()), |series| series.format.compression.known());
        known.map_err(|e| e.within(format!("cannot read variable {path}")).at(&self.info.path))
    }

    fn fields(&self, path: &str) -> Vec<Member> {
        self.info.root.variable(path).map(|meta| complex::members(&meta.dtype)).unwrap_or_default()
    }
}

fn root() -> Group {
    Group { name: "/".into(), path: "/".into(), ..Group::default() }
}

/// Texts of the first page that people want to see.
fn texts(layout: Layout, file: &RandomFile, directory: &Directory) -> Attrs {
    let tags = [
        (269, "document_name"),
        (270, "description"),
        (271, "make"),
        (272, "model"),
        (305, "software"),
        (306, "date_time"),
        (315, "artist"),
        (33432, "copyright"),
    ];
    let text = |(tag, name): (u16, &str)| Some((name.to_owned(), AttrValue::Text(layout.text(file, directory, tag)?)));
    Attrs(tags.into_iter().filter_map(text).collect())
}

/// The structure as it grows.
struct Build<'a> {
    layout: Layout,
    file: &'a RandomFile,
    root: Group,
    labels: HashMap<String, Block>,
    warnings: Vec<String>,
}

impl Build<'_> {
    /// A dimension of this length: the name, or one made from it where that is taken by another length.
    fn dim(&mut self, name: &str, size: usize) -> String {
        let taken = |n: &str| self.root.dims.iter().find(|d| d.name == n).map(|d| d.size);
        let names = std::iter::once(name.to_owned()).chain((1..).map(|i| format!("{name}_{i}")));
        for name in names {
            match taken(&name) {
                Some(other) if other != size => {}
                Some(_) => return name,
                None => {
                    self.root.dims.push(Dim { name: name.clone(), size, unlimited: false });
                    return name;
                }
            }
        }
        name.to_owned()
    }

    fn variable(&mut self, series: &Series) -> VariableMeta {
        let (format, directory) = (&series.format, &series.directory);
        let mut dims = Vec::new();
        let mut shape = Vec::new();
        let mut chunks = Vec::new();
        let mut push = |build: &mut Self, name: &str, size: usize, chunk: usize| {
            dims.push(build.dim(name, size));
            shape.push(size);
            chunks.push(chunk);
        };
        for (name, size) in &series.leading {
            push(self, name, *size, 1);
        }
        let (rows, columns) = format.unit();
        if format.planar {
            push(self, "band", format.samples, 1);
        }
        if format.depth > 1 {
            push(self, "z", format.depth, format.thick.min(format.depth));
        }
        push(self, "y", format.height, rows);
        push(self, "x", format.width, columns);
        if format.samples > 1 && !format.planar {
            push(self, "band", format.samples, format.samples);
        }
        let mut attrs = Attrs::default();
        self.place(format.height, format.width, directory, &mut attrs);
        let number = |x: f64| AttrValue::Numbers(Data::F64(vec![x]));
        let (fill, scale, offset) = geo::packing(self.layout, self.file, directory);
        let fill = fill.and_then(|text| typed(&format.dtype, &text));
        [("_FillValue", fill.clone()), ("scale_factor", scale.map(number)), ("add_offset", offset.map(number))]
            .into_iter()
            .filter_map(|(name, value)| Some((name, value?)))
            .for_each(|(name, value)| attrs.set(name, value));
        let mut filters: Vec<String> = format.compression.name().into_iter().collect();
        if format.predictor > 1 {
            filters.insert(0, format!("predictor:{}", format.predictor));
        }
        VariableMeta {
            name: series.name.clone(),
            path: format!("/{}", series.name),
            dtype: format.dtype.clone(),
            dims,
            shape,
            chunks: Some(chunks),
            shards: None,
            filters,
            fill_value: fill,
            tier: Tier::Direct,
            attrs,
        }
    }

    /// Coordinates and grid mapping of a page that lies on Earth.
    fn place(&mut self, height: usize, width: usize, directory: &Directory, attrs: &mut Attrs) {
        let place = geo::Place::of(self.layout, self.file, directory, height, width);
        for warning in place.warnings {
            if !self.warnings.contains(&warning) {
                self.warnings.push(warning);
            }
        }
        for (name, line) in [("y", place.y), ("x", place.x)] {
            let Some((values, of)) = line else { continue };
            let dim = self.dim(name, values.len());
            self.label(&dim, vec![dim.clone()], Data::F64(values), of);
        }
        if let Some(mapping) = place.mapping {
            self.label("spatial_ref", Vec::new(), Data::I32(vec![0]), mapping);
            attrs.set("grid_mapping", AttrValue::Text("spatial_ref".to_owned()));
        }
    }

    /// A small variable held in memory; the first of a name stays.
    fn label(&mut self, name: &str, dims: Vec<String>, data: Data, attrs: Attrs) {
        let path = format!("/{name}");
        let shape: Vec<usize> = if dims.is_empty() { Vec::new() } else { vec![data.len()] };
        let meta = label(name, dims, shape.clone(), data.dtype(), attrs);
        if let (false, Ok(block)) = (self.labels.contains_key(&path), Block::new(shape, data)) {
            self.labels.insert(path, block);
            self.root.variables.push(meta);
        }
    }
}

fn label(name: &str, dims: Vec<String>, shape: Vec<usize>, dtype: DType, attrs: Attrs) -> VariableMeta {
    VariableMeta {
        name: name.to_owned(),
        path: format!("/{name}"),
        dtype,
        dims,
        shape,
        chunks: None,
        shards: None,
        filters: Vec::new(),
        fill_value: None,
        tier: Tier::Direct,
        attrs,
    }
}

/// A number as an attribute of the pixels' type, `None` where it cannot be one of them. Integers are taken as written, which
/// a float may not hold; GDAL also writes them as `255.0`.
fn typed(dtype: &DType, text: &str) -> Option<AttrValue> {
    let stored = match text.parse::<i128>() {
        Ok(whole) => whole.to_string(),
        Err(_) => {
            let x: f64 = text.parse().ok()?;
            if !dtype.is_float() && (x.fract() != 0.0 || !x.is_finite()) {
                return None;
            }
            if dtype.is_float() { x.to_string() } else { format!("{x:.0}") }
        }
    };
    macro_rules! parse {
        ($($t:ident => $plane:ident),*) => {
            match dtype {
                $(DType::$t => Data::$plane(vec![stored.parse().ok()?]),)*
                _ => return None,
            }
        };
    }
    Some(AttrValue::Numbers(parse!(
        U8 => U8, U16 => U16, U32 => U32, U64 => U64, I8 => I8, I16 => I16, I32 => I32, I64 => I64,
        F16 => F32, F32 => F32, F64 => F64
    )))
}
