//! Owns how names and units of files are written for people. Knows nothing of where.

/// Units in the way print sets them: `m s-1`, `m s**-1` and `m.s^-1` become `m s⁻¹`, `degC`
/// becomes `°C`. Anything not understood stays as it is; `1` (no unit) becomes empty.
#[must_use]
pub fn pretty_units(units: &str) -> String {
    match units.trim() {
        "1" | "" | "none" | "dimensionless" => return String::new(),
        "degC" | "deg_C" | "Celsius" | "celsius" | "degrees_C" | "degree_C" | "degree_Celsius" | "degrees_Celsius"
        | "degrees_celsius" | "degree_celsius" => return "°C".to_owned(),
        "degF" | "degree_F" | "degrees_F" => return "°F".to_owned(),
        "kelvin" | "Kelvin" | "degK" | "degrees_K" => return "K".to_owned(),
        "percent" => return "%".to_owned(),
        "degree" | "degrees" | "degrees_east" | "degrees_north" | "degree_east" | "degree_north" => {
            return "°".to_owned();
        }
        "micron" | "microns" | "um" => return "µm".to_owned(),
        _ => {}
    }
    let words = units.split_whitespace().map(factor).collect::<Vec<_>>();
    words.join(" ")
}

/// One factor of a unit: letters, then perhaps an exponent.
fn factor(word: &str) -> String {
    if word.contains('/') && word.bytes().filter(|b| *b == b'/').count() > 1 {
        return word.to_owned();
    }
    let word = word.replace("**", "^");
    let start = word.find(|c: char| c == '^' || c == '-' || c == '+' || c.is_ascii_digit());
    let Some(start) = start.filter(|s| *s > 0) else {
        return word;
    };
    let (letters, rest) = word.split_at(start);
    let exponent = rest.trim_start_matches('^');
    let whole = exponent.parse::<i32>().is_ok_and(|e| e.abs() < 100);
    if !whole || !letters.chars().all(char::is_alphabetic) {
        return word;
    }
    format!("{letters}{}", raised(exponent.trim_start_matches('+')))
}

/// Digits and minus as superscripts.
pub(super) fn raised(number: &str) -> String {
    number
        .chars()
        .map(|c| match c {
            '-' => '⁻',
            '1' => '¹',
            '2' => '²',
            '3' => '³',
            '4' => '⁴',
            '5' => '⁵',
            '6' => '⁶',
            '7' => '⁷',
            '8' => '⁸',
            '9' => '⁹',
            _ => '⁰',
        })
        .collect()
}

/// A long name for a title: `sea_surface_temperature` becomes `Sea surface temperature`.
#[must_use]
pub fn pretty_name(name: &str) -> String {
    let spaced = if name.contains(' ') { name.to_owned() } else { name.replace('_', " ") };
    let spaced = spaced.trim();
    // A symbol (`pH`, `u component`) keeps its letters.
    let word = spaced.split(' ').next().unwrap_or_default();
    let plain = word.chars().count() > 1 && word.chars().all(char::is_lowercase);
    let mut letters = spaced.chars();
    match letters.next() {
        Some(first) if plain && spaced.contains(' ') => first.to_uppercase().chain(letters).collect(),
        _ => spaced.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_set_as_in_print() {
        let pairs = [
            ("m s-1", "m s⁻¹"),
            ("m s**-1", "m s⁻¹"),
            ("W m^-2", "W m⁻²"),
            ("kg m-2 s-1", "kg m⁻² s⁻¹"),
            ("m2", "m²"),
            ("degC", "°C"),
            ("1", ""),
            ("K", "K"),
            ("m/s", "m/s"),
            ("0.001 kg", "0.001 kg"),
            ("days since 2000-01-01", "days since 2000-01-01"),
            ("mm/day", "mm/day"),
        ];
        for (given, wanted) in pairs {
            assert_eq!(pretty_units(given), wanted, "{given}");
        }
    }

    #[test]
    fn names_read_as_titles() {
        assert_eq!(pretty_name("sea_surface_temperature"), "Sea surface temperature");
        assert_eq!(pretty_name("U component of wind"), "U component of wind");
        assert_eq!(pretty_name("t2m"), "t2m");
        assert_eq!(pretty_name("pH of sea water"), "pH of sea water");
    }
}
