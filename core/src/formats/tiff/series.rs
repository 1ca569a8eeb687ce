//! Which pages belong together as one array, and what its leading dimensions are: by what `ImageJ`, OME and tifffile
//! write into the description, else all pages of one kind in their order.

use super::super::file::RandomFile;
use super::ifd::{Directory, Layout};
use super::levels;
use super::page::{Format, Page};
use serde_json::Value;

/// How tifffile's own descriptions begin.
const SHAPED: &[u8] = b"{\"shape\"";

/// Pages of one kind.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Series {
    pub(super) name: String,
    pub(super) format: Format,
    pub(super) pages: Vec<Page>,
    /// That of the first of them.
    pub(super) directory: Directory,
    /// Names and lengths before the dimensions of a page; their product is the number of pages.
    pub(super) leading: Vec<(String, usize)>,
}

/// Groups the pages of a file. What cannot be understood is a warning.
pub(super) fn group(
    layout: Layout,
    file: &RandomFile,
    directories: &[Directory],
    warnings: &mut Vec<String>,
) -> Vec<Series> {
    let mut found: Vec<Found> = Vec::new();
    for (number, directory) in directories.iter().enumerate() {
        let (format, page) = match Format::of(layout, file, directory) {
            Ok(both) => both,
            Err(error) => {
                warnings.push(format!("page {number} is left out: {error}"));
                continue;
            }
        };
        let kind = layout.one(file, directory, 254).unwrap_or(0) & 0b101;
        // tifffile describes each of its series. Frames written one by one say one thing, and are one series.
        let said = layout.begins(file, directory, 270, SHAPED).then(|| layout.text(file, directory, 270)).flatten();
        let several = said.as_deref().and_then(|text| shaped(text, &format)).is_some_and(|l| product(&l) != Some(1));
        let joins = |before: &Option<String>| said.is_none() || !several && *before == said;
        // Newest first: neighbours are mostly of one kind.
        match found.iter_mut().rev().find(|f| f.kind == kind && f.series.format == format && joins(&f.said)) {
            Some(one) => {
                one.series.pages.push(page);
                one.numbers.push(number);
            }
            None => {
                let name = name(kind, found.iter().filter(|f| f.kind == kind).count());
                let (pages, directory) = (vec![page], directory.clone());
                let series = Series { name, format, pages, directory, leading: Vec::new() };
                found.push(Found { kind, said, series, numbers: vec![number] });
            }
        }
    }
    let description = directories.first().and_then(|d| layout.text(file, d, 270));
    let mut kinds: Vec<u64> = found.iter().map(|f| f.kind).collect();
    let mut all = Vec::with_capacity(found.len());
    let mut below = Vec::new();
    for (i, Found { said, mut series, numbers, .. }) in found.into_iter().enumerate() {
        let text = said.as_deref().or_else(|| description.as_deref().filter(|_| i == 0));
        if let Some(leading) = text.and_then(|text| leading(text, &series)) {
            series.spread(file, &leading);
            series.fit(leading);
        }
        if series.leading.is_empty() && series.pages.len() > 1 {
            series.leading = vec![("page".to_owned(), series.pages.len())];
        }
        let own = numbers.iter().filter_map(|&number| directories.get(number));
        for (kind, level) in levels::below(layout, file, own, &series, warnings) {
            let name = name(kind, kinds.iter().filter(|k| **k == kind).count());
            kinds.push(kind);
            below.push(Series { name, ..level });
        }
        all.push(series);
    }
    all.append(&mut below);
    all
}

/// Pages of one kind while others may join them.
struct Found {
    kind: u64,
    /// What tifffile says of them.
    said: Option<String>,
    series: Series,
    /// Those of their pages in the file.
    numbers: Vec<usize>,
}

/// How many pages these dimensions come to.
fn product(leading: &[(String, usize)]) -> Option<usize> {
    leading.iter().try_fold(1usize, |n, (_, size)| n.checked_mul(*size))
}

fn name(kind: u64, before: usize) -> String {
    let base = match kind {
        0 => "image",
        1 => "overview",
        _ => "mask",
    };
    if before == 0 { base.to_owned() } else { format!("{base}_{before}") }
}

impl Series {
    /// A stack of one directory, its pixels in one piece, becomes as many pages as its description says and the file
    /// holds: what is larger than 4 GiB is often written so.
    fn spread(&mut self, file: &RandomFile, leading: &[(String, usize)]) {
        let wanted = product(leading).unwrap_or(0);
        let [only] = self.pages.as_slice() else { return };
        let whole = self.format.is_one_piece(file, only);
        let (Some((at, bytes)), true) = (whole, wanted > 1 && !self.format.planar) else { return };
        let fits =
            bytes.checked_mul(wanted as u64).and_then(|n| n.checked_add(at)).is_some_and(|end| end <= file.len());
        if fits {
            let page = only.clone();
            self.pages = (0..wanted as u64).map(|k| Page { shift: k * bytes, ..page.clone() }).collect();
        }
    }

    /// Takes the dimensions that were said, where they come to the number of pages.
    fn fit(&mut self, leading: Vec<(String, usize)>) {
        if product(&leading) == Some(self.pages.len()) {
            self.leading = leading.into_iter().filter(|(_, size)| *size > 1).collect();
        }
    }
}

/// The dimensions before those of a page, slowest first, as the description has them.
fn leading(description: &str, series: &Series) -> Option<Vec<(String, usize)>> {
    if description.starts_with('{') {
        shaped(description, &series.format)
    } else if description.starts_with("ImageJ=") {
        Some(imagej(description))
    } else if description.contains("<Pixels") {
        ome(description, series.format.samples)
    } else {
        None
    }
}

/// tifffile's `{"shape": [5, 2, 64, 64], "axes": "TCYX"}`.
fn shaped(description: &str, format: &Format) -> Option<Vec<(String, usize)>> {
    let json: Value = serde_json::from_str(description).ok()?;
    let shape: Vec<usize> = json
        .get("shape")?
        .as_array()?
        .iter()
        .map(|n| n.as_u64().and_then(|n| usize::try_from(n).ok()))
        .collect::<Option<_>>()?;
    let own = 2 + usize::from(format.samples > 1) + usize::from(format.depth > 1);
    let before = shape.len().checked_sub(own)?;
    let axes = json.get("axes").and_then(Value::as_str).filter(|axes| axes.len() == shape.len());
    let letter = |i: usize| axes.and_then(|a| a.chars().nth(i)).filter(|c| c.is_ascii_alphabetic() && *c != 'Q');
    let name = |i: usize| match letter(i) {
        Some(letter) => letter.to_ascii_lowercase().to_string(),
        None if before == 1 => "page".to_owned(),
        None => format!("dim_{i}"),
    };
    Some(shape.iter().take(before).enumerate().map(|(i, &size)| (name(i), size)).collect())
}

/// `frames=…`, `slices=…`, `channels=…`: channels change fastest.
fn imagej(description: &str) -> Vec<(String, usize)> {
    let number = |key: &str| {
        description.lines().find_map(|line| line.trim().strip_prefix(key)?.parse::<usize>().ok()).unwrap_or(1)
    };
    let sizes = [("t", number("frames=")), ("z", number("slices=")), ("c", number("channels="))];
    let known = sizes.iter().fold(1usize, |n, (_, size)| n.saturating_mul(*size));
    let images = number("images=");
    if known != images && images > 1 {
        return vec![("page".to_owned(), images)];
    }
    sizes.map(|(name, size)| (name.to_owned(), size)).into()
}

/// The first `Pixels` of an OME-XML block: `DimensionOrder` names the fastest dimension first.
fn ome(description: &str, samples: usize) -> Option<Vec<(String, usize)>> {
    let (_, rest) = description.split_once("<Pixels")?;
    let (tag, _) = rest.split_once('>')?;
    let order = attribute(tag, "DimensionOrder")?;
    let size = |axis: char| attribute(tag, &format!("Size{axis}"))?.parse::<usize>().ok();
    order
        .chars()
        .rev()
        .filter(|axis| matches!(axis, 'Z' | 'C' | 'T'))
        .map(|axis| {
            let size = size(axis)?;
            let size = if axis == 'C' { size / samples.max(1) } else { size };
            Some((axis.to_ascii_lowercase().to_string(), size.max(1)))
        })
        .collect()
}

/// The value of an XML attribute within a tag.
pub(super) fn attribute<'a>(tag: &'a str, name: &str) -> Option<&'a str> {
    let mut rest = tag;
    while let Some(at) = rest.find(name) {
        let (before, after) = rest.split_at(at);
        let after = after.get(name.len()..)?;
        let own = before.chars().next_back().is_none_or(char::is_whitespace);
        if let Some(value) = after.trim_start().strip_prefix('=').filter(|_| own) {
            let value = value.trim_start();
            let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''))?;
            return value.get(1..)?.split_once(quote).map(|(value, _)| value);
        }
        rest = after;
    }
    None
}
