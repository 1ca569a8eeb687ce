//! Which axes are latitude and longitude, and how large the cells between them are.

use super::python;
use crate::model::{Attrs, Block, Data, Result};
use crate::plan::{Axis, AxisValues, Dataset, Node};
use std::sync::Arc;

/// Whether the axis is a latitude of its grid, that of a rotated pole included (CF section 4.1).
pub(crate) fn is_latitude(axis: &Axis) -> bool {
    let units = ["degrees_north", "degree_north", "degrees_N", "degree_N", "degreesN", "degreeN"];
    matches!(axis.values, AxisValues::Number(_))
        && (named(&axis.attrs, &["latitude", "grid_latitude"], &units)
            || matches!(axis.name.as_str(), "lat" | "latitude"))
}

/// Whether the axis is a longitude of its grid, that of a rotated pole included (CF section 4.2).
pub(crate) fn is_longitude(axis: &Axis) -> bool {
    let units = ["degrees_east", "degree_east", "degrees_E", "degree_E", "degreesE", "degreeE"];
    matches!(axis.values, AxisValues::Number(_))
        && (named(&axis.attrs, &["longitude", "grid_longitude"], &units)
            || matches!(axis.name.as_str(), "lon" | "longitude"))
}

fn named(attrs: &Attrs, standard: &[&str], units: &[&str]) -> bool {
    attrs.text("standard_name").is_some_and(|n| standard.contains(&n))
        || attrs.text("units").is_some_and(|u| units.contains(&u.trim()))
}

/// The areas of the cells of a latitude-longitude grid, up to a factor.
#[derive(Debug)]
pub(crate) struct Areas {
    /// Along the latitude, and along the longitude too where its cells are of unequal width.
    pub(crate) node: Arc<Node>,
    /// The Python expression of the same.
    pub(crate) python: String,
}

/// The areas of the cells over these dimensions, where they are a latitude and a longitude: from the cells' bounds
/// where there are any, else the cosine of the latitude.
///
/// # Errors
/// None in practice; passes on what building the node finds wrong.
pub(crate) fn areas(ds: &Dataset, dims: &[String]) -> Result<Option<Areas>> {
    let find = |is: fn(&Axis) -> bool| ds.axes.iter().find(|a| dims.contains(&a.name) && is(a));
    let (Some(lat), Some(lon)) = (find(is_latitude), find(is_longitude)) else { return Ok(None) };
    let AxisValues::Number(degrees) = &lat.values else { return Ok(None) };
    let (heights, mut python): (Vec<f64>, String) = match bounds(lat) {
        Some((bounds, name)) => {
            let sine = |i: usize| format!("np.sin(np.deg2rad(ds[{}][:, {i}].astype(float)))", python::quote(name));
            let heights = bounds.iter().map(|[a, b]| (b.to_radians().sin() - a.to_radians().sin()).abs()).collect();
            (heights, format!("abs({} - {})", sine(1), sine(0)))
        }
        None => {
            let heights = degrees.iter().map(|d| d.to_radians().cos()).collect();
            (heights, format!("np.cos(np.deg2rad(ds[{}].astype(float)))", python::quote(&lat.name)))
        }
    };
    let widths: Option<Vec<f64>> = bounds(lon).and_then(|(bounds, name)| {
        let widths: Vec<f64> = bounds.iter().map(|[a, b]| (b - a).abs()).collect();
        let first = widths.first().copied().unwrap_or(0.0);
        let unequal = widths.iter().any(|w| (w - first).abs() > 1e-6 * first.abs());
        unequal.then(|| {
            let name = python::quote(name);
            python = format!("{python} * abs(ds[{name}][:, 1] - ds[{name}][:, 0]).astype(float)");
            widths
        })
    });
    let node = match widths {
        None => Node::literal(vec![lat.name.clone()], Block::new(vec![heights.len()], Data::F64(heights))?)?,
        Some(widths) => {
            let areas: Vec<f64> = heights.iter().flat_map(|h| widths.iter().map(move |w| h * w)).collect();
            let shape = vec![heights.len(), widths.len()];
            Node::literal(vec![lat.name.clone(), lon.name.clone()], Block::new(shape, Data::F64(areas))?)?
        }
    };
    Ok(Some(Areas { node, python }))
}

/// The bounds of an axis with the name of their variable.
fn bounds(axis: &Axis) -> Option<(&[[f64; 2]], &str)> {
    let bounds = axis.bounds.as_deref().filter(|b| b.len() == axis.values.len())?;
    Some((bounds, axis.attrs.text("bounds")?))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use super::areas;
    use crate::model::{AttrValue, Data};
    use crate::ops::testing::{dataset, everywhere};

    #[test]
    fn areas_come_from_bounds_before_the_cosine() {
        let mut ds = dataset();
        let dims = ["lat".to_owned(), "lon".to_owned()];
        let found = areas(&ds, &dims).unwrap().unwrap();
        let cosines = [60f64, 30.0, 0.0].map(|d| d.to_radians().cos());
        assert_eq!(everywhere(&found.node).unwrap().into_data(), Data::F64(cosines.to_vec()));
        assert_eq!(found.python, r#"np.cos(np.deg2rad(ds["lat"].astype(float)))"#);
        assert!(areas(&ds, &dims[..1]).unwrap().is_none());

        ds.axes[1].bounds = Some([[75.0, 45.0], [45.0, 15.0], [15.0, 0.0]].into());
        ds.axes[1].attrs.set("bounds", AttrValue::Text("lat_bnds".to_owned()));
        ds.axes[2].bounds = Some([[-45.0, 45.0], [45.0, 135.0], [135.0, 225.0], [225.0, 235.0]].into());
        ds.axes[2].attrs.set("bounds", AttrValue::Text("lon_bnds".to_owned()));
        let found = areas(&ds, &dims).unwrap().unwrap();
        let values = everywhere(&found.node).unwrap().into_data().to_f64();
        assert_eq!(values.len(), 12);
        assert!((values[11] - 15f64.to_radians().sin() * 10.0).abs() < 1e-12);
        assert!(found.python.contains(r#"ds["lon_bnds"][:, 1]"#));
    }
}
