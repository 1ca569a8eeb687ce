//! What operations do to attributes: they stay, as in xarray, and say what was done (CF section 7.3).

use super::kernel::Stat;
use crate::model::{AttrValue, Attrs};

/// The attributes of a variable after a statistic over these dimensions: a cell method more, and units that still hold.
pub(crate) fn reduced(attrs: &Attrs, stat: Stat, dims: &[String]) -> Attrs {
    let method = match stat {
        Stat::Mean => Some("mean"),
        Stat::Sum { .. } => Some("sum"),
        Stat::Min => Some("minimum"),
        Stat::Max => Some("maximum"),
        Stat::Var { .. } => Some("variance"),
        Stat::Std { .. } => Some("standard_deviation"),
        _ => None,
    };
    let mut attrs = method.map_or_else(|| attrs.clone(), |m| by_method(attrs, m, dims));
    match stat {
        Stat::Count | Stat::Any | Stat::All => {
            attrs = pure(&attrs);
        }
        Stat::Prod { .. } => attrs = product(&attrs),
        Stat::Var { .. } => {
            if let Some(units) = attrs.text("units").map(squared) {
                attrs.set("units", AttrValue::Text(units));
            }
        }
        _ => {}
    }
    attrs
}

/// The attributes with a cell method more.
pub(crate) fn by_method(attrs: &Attrs, method: &str, dims: &[String]) -> Attrs {
    let mut attrs = attrs.clone();
    if !dims.is_empty() {
        let names = dims.iter().map(|d| format!("{d}: ")).collect::<String>();
        let before = attrs.text("cell_methods").map(|m| format!("{m} ")).unwrap_or_default();
        attrs.set("cell_methods", AttrValue::Text(format!("{before}{names}{method}")));
    }
    attrs
}

/// The attributes of a pure number made of the variable: a count, a position, a truth.
pub(crate) fn pure(attrs: &Attrs) -> Attrs {
    let mut attrs = attrs.clone();
    attrs.set("units", AttrValue::Text("1".to_owned()));
    attrs.remove("standard_name");
    attrs
}

/// The attributes of a product of many values: units to a power that nobody knows are none.
pub(crate) fn product(attrs: &Attrs) -> Attrs {
    let mut attrs = attrs.clone();
    attrs.remove("units");
    attrs.remove("standard_name");
    attrs
}

/// The attributes of a difference of values: temperatures in degrees Celsius differ by kelvins, as other things differ in
/// their own units; it is no longer the standard quantity.
pub(crate) fn difference(attrs: &Attrs) -> Attrs {
    let mut attrs = attrs.clone();
    attrs.remove("standard_name");
    let celsius = ["degC", "degree_Celsius", "degrees_Celsius", "Celsius", "celsius", "deg_C"];
    if attrs.text("units").is_some_and(|u| celsius.contains(&u)) {
        attrs.set("units", AttrValue::Text("K".to_owned()));
    }
    attrs
}

/// Units squared, as UDUNITS reads them.
fn squared(units: &str) -> String {
    match units.trim() {
        "" => String::new(),
        "1" => "1".to_owned(),
        one if one.chars().all(char::is_alphabetic) => format!("{one}2"),
        many => format!("({many})2"),
    }
}

#[cfg(test)]
mod tests {
    use super::{Stat, reduced};
    use crate::model::{AttrValue, Attrs};

    #[test]
    fn methods_add_up_and_units_follow() {
        let mut attrs = Attrs::default();
        attrs.set("units", AttrValue::Text("m s-1".to_owned()));
        let once = reduced(&attrs, Stat::Mean, &["time".to_owned()]);
        let twice = reduced(&once, Stat::Var { ddof: 0 }, &["lat".to_owned(), "lon".to_owned()]);
        assert_eq!(twice.text("cell_methods"), Some("time: mean lat: lon: variance"));
        assert_eq!(twice.text("units"), Some("(m s-1)2"));
        assert_eq!(reduced(&attrs, Stat::Count, &["x".to_owned()]).text("units"), Some("1"));
    }
}
