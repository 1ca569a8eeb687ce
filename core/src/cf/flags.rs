//! Flags: numbers that stand for names. CF section 3.5. Colours and legends are made elsewhere.

use super::number;
use crate::model::Attrs;

/// One flag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flag {
    /// The bits that matter; `None`: the whole number.
    pub mask: Option<i64>,
    /// What these bits (or the number) are where the flag is up; `None`: the mask's bits are all set.
    pub value: Option<i64>,
    /// Its name, as in the file: `clear_sky`.
    pub meaning: String,
}

/// The flags of a variable, in file order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flags(pub Vec<Flag>);

impl Flags {
    /// Reads `flag_values`, `flag_masks` and `flag_meanings`; `None` where there are no names or no numbers.
    ///
    /// Names or numbers without a partner are left out, and so are masks of 0, which are no test. Negative masks and
    /// values are those of a signed type on disk.
    #[must_use]
    pub fn of(attrs: &Attrs) -> Option<Self> {
        let meanings = attrs.get("flag_meanings")?;
        let words = meanings.text().map_or_else(
            || match meanings {
                crate::model::AttrValue::Texts(list) => list.clone(),
                other => serde_json::from_value(other.to_json()).unwrap_or_default(),
            },
            split,
        );
        let whole = |name: &str| -> Option<Vec<i64>> {
            let numbers = number::numbers(attrs.get(name)?);
            Some(numbers.into_iter().filter_map(|n| integer(n.value)).collect())
        };
        let (values, masks) = (whole("flag_values"), whole("flag_masks"));
        if values.is_none() && masks.is_none() {
            return None;
        }
        let at = |list: &Option<Vec<i64>>, i: usize| list.as_ref().map(|l| l.get(i).copied());
        let flag = |(i, meaning): (usize, String)| {
            let (mask, value) = match (at(&masks, i), at(&values, i)) {
                (Some(mask), Some(value)) => (Some(mask?), Some(value?)),
                (Some(mask), None) => (Some(mask?).filter(|&m| m != 0), None),
                (None, value) => (None, Some(value??)),
            };
            (mask.is_some() || value.is_some()).then_some(Flag { mask, value, meaning })
        };
        let flags: Vec<Flag> = words.into_iter().enumerate().filter_map(flag).collect();
        (!flags.is_empty()).then_some(Self(flags))
    }

    /// The names that hold for a value; empty for NaN and for what is no whole number.
    #[must_use]
    pub fn names(&self, value: f64) -> Vec<&str> {
        let Some(number) = integer(value) else { return Vec::new() };
        self.0.iter().filter(|flag| flag.holds(number)).map(|flag| flag.meaning.as_str()).collect()
    }

    /// Whether at most one name holds at a time, so that values can be drawn as categories.
    #[must_use]
    pub fn are_exclusive(&self) -> bool {
        let first = self.0.first().and_then(|f| f.mask);
        self.0.iter().all(|flag| flag.value.is_some() && flag.mask == first)
    }
}

impl Flag {
    /// Whether the flag is up in a number. A negative mask stands for its bits in the smallest type that holds it, so
    /// that −2147483648 finds 2147483648 too.
    #[must_use]
    pub fn holds(&self, number: i64) -> bool {
        match (self.mask, self.value) {
            (Some(mask), Some(value)) => number & mask == value & mask,
            (Some(mask), None) => number & low_bits(mask) == low_bits(mask),
            (None, Some(value)) => number == value,
            (None, None) => false,
        }
    }
}

/// The bits of a negative number in the smallest of 8, 16, 32 and 64 that holds it; others as they are.
fn low_bits(mask: i64) -> i64 {
    if mask >= 0 {
        return mask;
    }
    for bits in [8, 16, 32] {
        if mask >= -(1_i64 << (bits - 1)) {
            return mask & ((1_i64 << bits) - 1);
        }
    }
    mask
}

/// A whole number that `i64` holds.
fn integer(x: f64) -> Option<i64> {
    if x.fract() != 0.0 || x.abs() > 9e18 {
        return None;
    }
    #[expect(clippy::cast_possible_truncation, reason = "whole and below 9e18 in absolute value")]
    Some(x as i64)
}

/// Words by blanks; by commas where there are commas and no blanks but behind them.
fn split(text: &str) -> Vec<String> {
    let by_comma = text.contains(',') && text.split(',').all(|w| !w.trim().contains(char::is_whitespace));
    let words: Vec<&str> = if by_comma { text.split(',').collect() } else { text.split_whitespace().collect() };
    words.into_iter().map(|w| w.trim().to_owned()).filter(|w| !w.is_empty()).collect()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use super::Flags;
    use crate::cf::testing::{numbers, variable};
    use crate::model::{Attrs, DType};

    fn attrs(meanings: &str, values: Option<&[f64]>, masks: Option<&[f64]>) -> Attrs {
        let mut attrs = variable(&format!("a() flag_meanings={meanings};x=")).attrs;
        for (name, list) in [("flag_values", values), ("flag_masks", masks)] {
            if let Some(list) = list {
                attrs.set(name, numbers(&DType::I32, list));
            }
        }
        attrs
    }

    #[test]
    fn values_name_categories() {
        let flags = Flags::of(&attrs("clear cloudy missing", Some(&[0.0, 1.0, 9.0]), None)).unwrap();
        assert_eq!(flags.names(1.0), ["cloudy"]);
        assert!(flags.names(2.0).is_empty() && flags.names(f64::NAN).is_empty() && flags.names(0.5).is_empty());
        assert!(flags.are_exclusive());
    }

    #[test]
    fn masks_name_bits() {
        let flags = Flags::of(&attrs("a b c", None, Some(&[1.0, 2.0, -2_147_483_648.0]))).unwrap();
        assert_eq!(flags.names(3.0), ["a", "b"]);
        assert_eq!(flags.names(2_147_483_649.0), ["a", "c"]);
        assert_eq!(flags.names(-2_147_483_648.0), ["c"]);
        assert!(!flags.are_exclusive());
        let none = Flags::of(&attrs("none ongoing", None, Some(&[0.0, 1.0]))).unwrap();
        assert_eq!(none.0.len(), 1);
        assert_eq!(none.names(1.0), ["ongoing"]);
    }

    /// Example 3.5 of CF.
    #[test]
    fn masks_and_values_name_fields_of_bits() {
        let flags = Flags::of(&attrs(
            "low_battery processor_fault memory_fault disk_fault software_fault maintenance_mode",
            Some(&[1.0, 2.0, 4.0, 8.0, 16.0, 32.0]),
            Some(&[1.0, 2.0, 12.0, 12.0, 16.0, 32.0]),
        ))
        .unwrap();
        assert_eq!(flags.names(5.0), ["low_battery", "memory_fault"]);
        assert_eq!(flags.names(12.0), Vec::<&str>::new());
        assert_eq!(flags.names(40.0), ["disk_fault", "maintenance_mode"]);
    }

    #[test]
    fn odd_writings_are_read_and_nothing_panics() {
        let written = variable("a() flag_values=0b, 1b, 2b;flag_meanings=no, yes, maybe").attrs;
        assert_eq!(Flags::of(&written).unwrap().names(2.0), ["maybe"]);
        let short = Flags::of(&attrs("one two three", Some(&[1.0, 2.0]), None)).unwrap();
        assert_eq!(short.0.len(), 2);
        assert_eq!(Flags::of(&attrs("one", None, None)), None);
        assert_eq!(Flags::of(&variable("a() flag_values=1;x=").attrs), None);
        let mut list = attrs("", Some(&[1.0]), None);
        list.set("flag_meanings", crate::model::AttrValue::Texts(vec!["up".to_owned(), "down".to_owned()]));
        assert_eq!(Flags::of(&list).unwrap().names(1.0), ["up"]);
    }
}
