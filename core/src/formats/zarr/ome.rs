//! OME-Zarr images: the axes of each level of a pyramid, and where its pixels lie. Reads no arrays.
//! Source: <https://ngff.openmicroscopy.org/0.4/> and <https://ngff.openmicroscopy.org/0.5/>.

use super::hierarchy::Node;
use crate::model::{AttrValue, Attrs, Data};
use serde_json::{Map, Value};
use std::collections::HashMap;

/// One level of an image.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Level {
    /// One for each dimension.
    axes: Vec<Axis>,
    /// Names of the channels, as far as they are given.
    channels: Vec<String>,
}

#[derive(Debug, Clone, PartialEq)]
struct Axis {
    name: String,
    unit: Option<String>,
    is_channel: bool,
    /// Distance of neighbours, and the place of the first one.
    step: f64,
    origin: f64,
}

/// What versions 0.1 and 0.2 take for granted.
const EARLY_AXES: [&str; 5] = ["t", "c", "z", "y", "x"];
/// Places along an axis that are worked out and held.
const MOST_PLACES: usize = 1 << 22;

/// The levels of all images among these nodes, by the path of their array.
pub(super) fn levels(nodes: &[(String, Node)]) -> HashMap<String, Level> {
    let mut found = HashMap::new();
    for (path, node) in nodes {
        let Node::Group(attrs) = node else { continue };
        // Version 0.5 puts everything below one attribute.
        let attrs = attrs.get("ome").and_then(Value::as_object).unwrap_or(attrs);
        for image in list(attrs.get("multiscales")) {
            for dataset in list(image.get("datasets")) {
                let Some(relative) = dataset.get("path").and_then(Value::as_str) else { continue };
                let relative = relative.trim_matches('/');
                let array = if path.is_empty() { relative.to_owned() } else { format!("{path}/{relative}") };
                let level = Level { axes: axes(image, dataset), channels: channels(attrs) };
                found.entry(array).or_insert(level);
            }
        }
    }
    found
}

fn list(value: Option<&Value>) -> impl Iterator<Item = &Value> {
    value.and_then(Value::as_array).into_iter().flatten()
}

fn channels(attrs: &Map<String, Value>) -> Vec<String> {
    let channels = list(attrs.get("omero").and_then(|omero| omero.get("channels")));
    channels.map_while(|channel| channel.get("label")?.as_str().map(str::to_owned)).collect()
}

/// The axes of an image with the transformations of a level, and then those of all levels.
fn axes(image: &Value, dataset: &Value) -> Vec<Axis> {
    let named =
        |name: &str| Axis { name: name.to_owned(), unit: None, is_channel: name == "c", step: 1.0, origin: 0.0 };
    let mut axes: Vec<Axis> = match image.get("axes").and_then(Value::as_array) {
        None => EARLY_AXES.map(named).to_vec(),
        Some(axes) => axes
            .iter()
            .filter_map(|axis| {
                // Version 0.3 has names only.
                let name = axis.as_str().or_else(|| axis.get("name")?.as_str())?;
                let text = |key: &str| axis.get(key).and_then(Value::as_str);
                let is_channel = text("type").map_or(name == "c", |kind| kind == "channel");
                Some(Axis { unit: text("unit").map(str::to_owned), is_channel, ..named(name) })
            })
            .collect(),
    };
    for transform in [dataset, image].into_iter().flat_map(|of| list(of.get("coordinateTransformations"))) {
        for key in ["scale", "translation"] {
            for (axis, factor) in axes.iter_mut().zip(list(transform.get(key)).map(Value::as_f64)) {
                match factor {
                    Some(factor) if key == "scale" => {
                        axis.step *= factor;
                        axis.origin *= factor;
                    }
                    Some(shift) => axis.origin += shift,
                    None => {}
                }
            }
        }
    }
    axes
}

impl Level {
    /// Names for the dimensions of an array of this rank, where the image has one axis for each.
    pub(super) fn dims(&self, rank: usize) -> Option<Vec<Option<String>>> {
        (self.axes.len() == rank).then(|| self.axes.iter().map(|axis| Some(axis.name.clone())).collect())
    }

    /// Names of the channels, as far as they are given.
    pub(super) fn channels(&self) -> &[String] {
        &self.channels
    }

    /// Values and attributes along a dimension of so many cells: the names of channels, the places of pixels. `None`
    /// where nothing is said of it.
    pub(super) fn coordinate(&self, dim: usize, size: usize) -> Option<(Data, Attrs)> {
        let axis = self.axes.get(dim)?;
        let mut attrs = Attrs::default();
        if axis.is_channel {
            let names = self.channels.get(..size).filter(|_| self.channels.len() == size)?;
            return Some((Data::Text(names.to_vec()), attrs));
        }
        if size > MOST_PLACES {
            return None;
        }
        if let Some(unit) = &axis.unit {
            attrs.set("units", AttrValue::Text(unit.clone()));
        }
        if let "x" | "y" | "z" = axis.name.as_str() {
            attrs.set("axis", AttrValue::Text(axis.name.to_uppercase()));
        }
        #[expect(clippy::cast_precision_loss, reason = "below 2^22")]
        let place = |i: usize| axis.origin + axis.step * i as f64;
        Some((Data::F64((0..size).map(place).collect()), attrs))
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use super::levels;
    use crate::formats::zarr::hierarchy::Node;
    use crate::model::Data;
    use serde_json::json;

    #[test]
    fn transformations_of_a_level_come_before_those_of_the_image() {
        let attrs = json!({"multiscales": [{"axes": [{"name": "c", "type": "channel"}, {"name": "y", "unit": "meter"}],
            "coordinateTransformations": [{"type": "scale", "scale": [1, 10.0]}],
            "datasets": [{"path": "s0", "coordinateTransformations":
                [{"type": "scale", "scale": [1, 2]}, {"type": "translation", "translation": [0, 0.5]}]}]}],
            "omero": {"channels": [{"label": "DAPI"}, {"label": "GFP"}]}});
        let found = levels(&[("image".to_owned(), Node::Group(attrs.as_object().unwrap().clone()))]);
        let level = &found["image/s0"];
        assert_eq!(level.dims(2).unwrap(), [Some("c".to_owned()), Some("y".to_owned())]);
        assert_eq!(level.dims(3), None);
        let (places, attrs) = level.coordinate(1, 3).unwrap();
        assert_eq!((places, attrs.text("units")), (Data::F64(vec![5.0, 25.0, 45.0]), Some("meter")));
        assert_eq!(level.coordinate(0, 2).unwrap().0, Data::Text(vec!["DAPI".into(), "GFP".into()]));
        assert_eq!(level.coordinate(0, 3), None);
        let early =
            json!({"multiscales": [{"datasets": [{"path": "0"}]}, {"axes": ["y", "x"], "datasets": [{"path": "a"}]}]});
        let found = levels(&[(String::new(), Node::Group(early.as_object().unwrap().clone()))]);
        assert_eq!((found["0"].dims(5).unwrap().len(), found["a"].dims(2).unwrap().len()), (5, 2));
    }
}
