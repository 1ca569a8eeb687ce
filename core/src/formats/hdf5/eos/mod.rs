//! HDF-EOS 5: dimensions that `StructMetadata` names, and the coordinates of grids, which no dataset holds (HDF-EOS 5
//! Interface Based on HDF5, volumes 1 and 2). Knows no values but those it computes.

mod gctp;
mod odl;

use super::ffi::{self, Elements};
use super::tree::{FoundDataset, FoundGroup};
use super::types::Type;
use crate::model::{AttrValue, Attrs, Block, Data, Dim, Region, Span, Tier, VariableMeta};
use hdf5::File;
use odl::Node;

/// The group with the text that tells, and what its pieces are called.
const INFORMATION: &str = "HDFEOS INFORMATION";
const PIECE: &str = "StructMetadata.";
/// Bytes of a piece, and how many there may be.
const LARGEST: usize = 1 << 20;
const MOST_PIECES: usize = 100;

/// Kinds of structure: their group in the text, their group in the file, the key of their name.
const KINDS: [(&str, &str, &str); 3] = [
    ("GridStructure", "GRIDS", "GridName"),
    ("SwathStructure", "SWATHS", "SwathName"),
    ("ZaStructure", "ZAS", "ZaName"),
];

/// Kinds of field: their group in the text, their group in the file, the key of their name.
const FIELDS: [(&str, &str, &str); 2] =
    [("DataField", "Data Fields", "DataFieldName"), ("GeoField", "Geolocation Fields", "GeoFieldName")];

/// The variable with the projection of a grid.
const MAPPING: &str = "crs";

/// Longer axes are not made.
const LONGEST: usize = 1 << 24;

/// Names of a structure's dimensions, set in the tree of a file.
pub(super) struct Structure {
    /// The group in which its dimensions are defined.
    pub(super) path: String,
    pub(super) dims: Vec<Dim>,
    /// The coordinates of a grid, with their values.
    pub(super) coordinates: Vec<(VariableMeta, Block)>,
}

/// The text of a file, which may stand in several pieces; `None` where there is none.
pub(super) fn text(file: &File, root: &FoundGroup) -> Option<String> {
    let group = root.groups.iter().find(|g| g.name == INFORMATION)?;
    let number = |d: &FoundDataset| d.name.strip_prefix(PIECE)?.parse::<usize>().ok();
    let mut pieces: Vec<(usize, &FoundDataset)> = group
        .datasets
        .iter()
        .filter(|d| d.dtype.memory_size() <= LARGEST)
        .filter_map(|d| Some((number(d)?, d)))
        .collect();
    pieces.sort_by_key(|(number, _)| *number);
    let read = |dataset: &FoundDataset| -> ffi::Result<String> {
        let memory = dataset.dtype.element_memory()?;
        let layout = Type::new(&memory)?.peeled();
        let first = Region(dataset.shape.iter().map(|&n| Span::new(0, n.min(1))).collect());
        let elements = Elements::of_dataset(&file.dataset(&dataset.inside)?, memory, &first)?;
        Ok(elements.iter().map(|e| layout.text(file, e)).collect())
    };
    let text: String = pieces.into_iter().take(MOST_PIECES).filter_map(|(_, d)| read(d).ok()).collect();
    (!text.is_empty()).then_some(text)
}

/// Reads a text and the projections in it.
#[cfg(any(test, feature = "fuzzing"))]
pub(super) fn said(text: &str) {
    let said = Node::parse(text);
    for grid in said.nodes().iter().flat_map(Node::nodes) {
        std::hint::black_box((gctp::mapping(grid), grid.numbers("UpperLeftPointMtrs")));
    }
}

/// Names the dimensions of fields after the text and says what was found.
pub(super) fn apply(text: &str, root: &mut FoundGroup) -> Vec<Structure> {
    let said = Node::parse(text);
    let Some(all) = root.groups.iter_mut().find(|g| g.name == "HDFEOS") else { return Vec::new() };
    let mut found = Vec::new();
    for (structure, folder, key) in KINDS {
        let (Some(said), Some(folder)) = (said.node(structure), all.groups.iter_mut().find(|g| g.name == folder))
        else {
            continue;
        };
        for one in said.nodes() {
            let group = folder.groups.iter_mut().find(|g| Some(g.name.as_str()) == one.text(key));
            if let Some(group) = group {
                let dims = name(one, group);
                let coordinates =
                    if structure == "GridStructure" { coordinates(one, group, &dims) } else { Vec::new() };
                found.push(Structure { path: group.path.clone(), dims, coordinates });
            }
        }
    }
    found
}

/// Gives the fields of one structure the names of its dimensions, which must have one length each.
fn name(said: &Node, group: &mut FoundGroup) -> Vec<Dim> {
    let mut dims: Vec<Dim> = Vec::new();
    let projected = gctp::mapping(said).is_some();
    for (kind, folder, key) in FIELDS {
        let (Some(said), Some(folder)) = (said.node(kind), group.groups.iter_mut().find(|g| g.name == folder)) else {
            continue;
        };
        for field in said.nodes() {
            let dataset = folder.datasets.iter_mut().find(|d| Some(d.name.as_str()) == field.text(key));
            let names = field.list("DimList");
            // Newer files have dimension scales, which say more.
            let Some(dataset) = dataset.filter(|d| d.shape.len() == names.len() && d.scales.is_empty()) else {
                continue;
            };
            let fits = |(name, size): (&String, &usize)| dims.iter().all(|d| d.name != *name || d.size == *size);
            if names.iter().zip(&dataset.shape).all(fits) {
                for (name, (&size, &unlimited)) in names.iter().zip(dataset.shape.iter().zip(&dataset.unlimited)) {
                    if dims.iter().all(|d| d.name != *name) {
                        dims.push(Dim { name: name.clone(), size, unlimited });
                    }
                }
                dataset.named = Some(names.to_vec());
                let on_grid = ["XDim", "YDim"].iter().all(|d| names.iter().any(|n| n == d));
                if projected && on_grid && dataset.attrs.get("grid_mapping").is_none() {
                    dataset.attrs.set("grid_mapping", AttrValue::Text(MAPPING.to_owned()));
                }
            }
        }
        folder.unnamed = folder.datasets.iter().map(FoundDataset::unnamed).collect();
    }
    dims
}

/// Where the columns and rows of a grid lie: centres of cells (or corners, where it says so) between two corners, in degrees
/// or in metres of a projection.
fn coordinates(said: &Node, group: &FoundGroup, dims: &[Dim]) -> Vec<(VariableMeta, Block)> {
    let (first, last) = (said.numbers("UpperLeftPointMtrs"), said.numbers("LowerRightMtrs"));
    let (&[left, top], &[right, bottom]) = (first.as_slice(), last.as_slice()) else { return Vec::new() };
    let geographic = said.text("Projection").is_some_and(|p| p.ends_with("GCTP_GEO"));
    let mapping = gctp::mapping(said);
    if !geographic && mapping.is_none() {
        return Vec::new();
    }
    let place = |x: f64| if geographic { gctp::degrees(x) } else { x };
    let middle = if said.text("PixelRegistration").is_some_and(|r| r.ends_with("CORNER")) { 0.0 } else { 0.5 };
    // Rows may start at the bottom, columns at the right.
    let origin = said.text("GridOrigin").unwrap_or_default();
    let (upwards, leftwards) = (origin.contains("_L"), origin.ends_with('R'));
    let axes = [
        ("XDim", [left, right], leftwards, ["degrees_east", "longitude", "projection_x_coordinate"]),
        ("YDim", [top, bottom], upwards, ["degrees_north", "latitude", "projection_y_coordinate"]),
    ];
    let mut made = Vec::new();
    for (name, ends, turned, [degrees, standard, projected]) in axes {
        let Some(dim) = dims.iter().find(|d| d.name == name && (1..=LONGEST).contains(&d.size)) else { continue };
        if group.datasets.iter().any(|d| d.name == name) {
            continue;
        }
        let [from, to] = if turned { [ends[1], ends[0]] } else { ends }.map(place);
        let step = (to - from) / dim.size as f64;
        let values = (0..dim.size).map(|i| from + (i as f64 + middle) * step).collect();
        let (units, standard_name) = if geographic { (degrees, standard) } else { ("m", projected) };
        let attrs = [("standard_name", standard_name), ("units", units), ("comment", "computed from StructMetadata")];
        let attrs = Attrs(attrs.map(|(k, v)| (k.to_owned(), AttrValue::Text(v.to_owned()))).to_vec());
        made.extend(variable(group, name, vec![name.to_owned()], Data::F64(values), attrs));
    }
    if made.len() == 2
        && let Some(mut attrs) = mapping
    {
        attrs.set("comment", AttrValue::Text("computed from StructMetadata".to_owned()));
        made.extend(variable(group, MAPPING, Vec::new(), Data::I32(vec![0]), attrs));
    }
    made
}

fn variable(
    group: &FoundGroup,
    name: &str,
    dims: Vec<String>,
    data: Data,
    attrs: Attrs,
) -> Option<(VariableMeta, Block)> {
    let shape = if dims.is_empty() { Vec::new() } else { vec![data.len()] };
    let meta = VariableMeta {
        name: name.to_owned(),
        path: format!("{}/{name}", group.path.trim_end_matches('/')),
        dtype: data.dtype(),
        dims,
        shape: shape.clone(),
        chunks: None,
        shards: None,
        filters: Vec::new(),
        fill_value: None,
        tier: Tier::Direct,
        attrs,
    };
    Block::new(shape, data).ok().map(|block| (meta, block))
}
