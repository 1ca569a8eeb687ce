//! What operations do to attributes: they stay, as in xarray, and say what was done (CF section 7.3).

use super::kernel::Stat;
use crate::model::{AttrValue, Attrs};

/// The attributes of a variable after a statistic over these dimensions: a cell method more, and units that still hold.
pub(crate) fn reduced(attrs: &Attrs, stat: Stat, dims: &[String]) -> Attrs {
    let mut attrs = attrs.clone();
    let method = match stat {
        Stat::Mean => Some("mean"),
        Stat::Sum { .. } => Some("sum"),
        Stat::Min => Some("minimum"),
        Stat::Max => Some("maximum"),
        Stat::Var { .. } => Some("variance"),
        Stat::Std { .. } => Some("standard_deviation"),
        Stat::Count | Stat::First | Stat::Last => None,
    };
    if let Some(method) = method.filter(|_| !dims.is_empty()) {
        let names = dims.iter().map(|d| format!("{d}: ")).collect::<String>();
        let before = attrs.text("cell_methods").map(|m| format!("{m} ")).unwrap_or_default();
        attrs.set("cell_methods", AttrValue::Text(format!("{before}{names}{method}")));
    }
    match stat {
        Stat::Count => {
            attrs.set("units", AttrValue::Text("1".to_owned()));
            attrs.remove("standard_name");
        }
        Stat::Var { .. } => {
            if let Some(units) = attrs.text("units").map(squared) {
                attrs.set("units", AttrValue::Text(units));
            }
        }
        _ => {}
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
