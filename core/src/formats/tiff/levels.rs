//! Levels of a pyramid that stand below the pages of an image (tag 330, `SubIFDs`, as in OME-TIFF): the first below
//! each page is one array, the second another. They are no pages of the file.

use super::super::file::RandomFile;
use super::ifd::{Directory, Layout};
use super::page::Format;
use super::series::Series;

/// The levels below the pages of an image, each with its kind of page (tag 254); without names yet.
pub(super) fn below<'a>(
    layout: Layout,
    file: &RandomFile,
    directories: impl Iterator<Item = &'a Directory>,
    image: &Series,
    warnings: &mut Vec<String>,
) -> Vec<(u64, Series)> {
    let mut levels: Vec<Option<(u64, Series)>> = Vec::new();
    for (number, directory) in directories.enumerate() {
        let list = directory.get(&330).map_or_else(|| Ok(Vec::new()), |entry| layout.inner(file, *entry));
        let list = match list {
            Ok(list) => list,
            Err(error) => {
                warnings.push(format!("what stands below page {number} of {} is left out: {error}", image.name));
                return Vec::new();
            }
        };
        if number == 0 {
            levels.resize_with(list.len(), || None);
        }
        for (k, (level, inner)) in levels.iter_mut().zip(list).enumerate() {
            let read = Format::of(layout, file, &inner);
            match (level, read) {
                (level @ None, Ok((format, page))) if number == 0 => {
                    let reduced = format.height < image.format.height || format.width < image.format.width;
                    let kind = layout.one(file, &inner, 254).unwrap_or(0) & 0b101 | u64::from(reduced);
                    let pages = vec![page];
                    let leading = image.leading.clone();
                    *level = Some((kind, Series { name: String::new(), format, pages, directory: inner, leading }));
                }
                (None, Err(error)) if number == 0 => {
                    warnings.push(format!("level {} of {} is left out: {error}", k + 1, image.name));
                }
                (Some((_, series)), Ok((format, page))) if series.format == format => series.pages.push(page),
                _ => {}
            }
        }
    }
    let mut whole = Vec::with_capacity(levels.len());
    for (k, level) in levels.into_iter().enumerate() {
        match level {
            Some(level) if level.1.pages.len() == image.pages.len() => whole.push(level),
            Some(_) => warnings.push(format!("level {} of {} is left out: its pages are not alike", k + 1, image.name)),
            None => {}
        }
    }
    whole
}
