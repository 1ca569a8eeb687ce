//! Attributes set by a person over those of the file: a wrong calendar, a forgotten scale, a fill value that is none.
//! All decoding follows from attributes, so one mechanism serves every line of the decode card. The file stays as it is.

use crate::model::{AttrValue, Block, DType, Data, Error, Group, Region, Result, Source, SourceInfo, VariableMeta};
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

/// One attribute set, or taken away, before decoding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Override {
    /// The variable by its path or name; empty for the root group.
    pub variable: String,
    /// The attribute.
    pub attribute: String,
    /// What it shall be, `None` to take it away. Numbers become numbers.
    pub value: Option<String>,
}

impl fmt::Display for Override {
    /// As [`FromStr`] reads it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}={}", self.variable, self.attribute, self.value.as_deref().unwrap_or_default())
    }
}

impl FromStr for Override {
    type Err = Error;

    /// Reads `time:calendar=noleap`, `/a/t2m:scale_factor=0.01`, `t2m:_FillValue=` (taken away), `:Conventions=CF-1.8`.
    fn from_str(text: &str) -> Result<Self> {
        let parts = text.split_once('=').and_then(|(left, value)| Some((left.rsplit_once(':')?, value)));
        match parts {
            Some(((variable, attribute), value)) if !attribute.is_empty() => Ok(Self {
                variable: variable.to_owned(),
                attribute: attribute.to_owned(),
                value: (!value.is_empty()).then(|| value.to_owned()),
            }),
            _ => Err(Error::invalid(format!("{text} sets no attribute"))
                .hint("write VARIABLE:ATTRIBUTE=VALUE, for example time:calendar=noleap")),
        }
    }
}

/// The source with these attributes in place of its own.
///
/// # Errors
/// [`NotFound`](crate::model::ErrorKind::NotFound) where there is no such variable,
/// [`Invalid`](crate::model::ErrorKind::Invalid) where a mask is no number of the variable's type.
pub(super) fn apply(source: Arc<dyn Source>, overrides: &[Override]) -> Result<Arc<dyn Source>> {
    if overrides.is_empty() {
        return Ok(source);
    }
    let mut info = source.info().clone();
    for it in overrides {
        set(&mut info.root, it).map_err(|e| e.at(&info.path))?;
    }
    Ok(Arc::new(Edited { inner: source, info }))
}

fn set(root: &mut Group, it: &Override) -> Result<()> {
    if it.variable.is_empty() {
        change(&mut root.attrs, it, it.value.as_deref().map(free));
        return Ok(());
    }
    let mut hit = false;
    each(root, &mut |var| {
        let same = if it.variable.contains('/') {
            var.path.trim_start_matches('/') == it.variable.trim_start_matches('/')
        } else {
            var.name == it.variable
        };
        if same {
            hit = true;
            let value = it.value.as_deref().map(|text| typed(var, &it.attribute, text)).transpose()?;
            change(&mut var.attrs, it, value);
        }
        Ok(())
    })?;
    if hit {
        Ok(())
    } else {
        Err(Error::not_found(format!("no variable {} whose {} could be set", it.variable, it.attribute)))
    }
}

fn change(attrs: &mut crate::model::Attrs, it: &Override, value: Option<AttrValue>) {
    match value {
        Some(value) => attrs.set(&it.attribute, value),
        None => drop(attrs.remove(&it.attribute)),
    }
}

fn each(group: &mut Group, act: &mut dyn FnMut(&mut VariableMeta) -> Result<()>) -> Result<()> {
    group.variables.iter_mut().try_for_each(&mut *act)?;
    group.groups.iter_mut().try_for_each(|g| each(g, act))
}

/// Text, or a number where it reads as one.
fn free(text: &str) -> AttrValue {
    text.parse().map_or_else(|_| AttrValue::Text(text.to_owned()), |n| AttrValue::Numbers(Data::F64(vec![n])))
}

/// What masks must have the variable's own type (CF section 2.5.1); all else is free.
fn typed(var: &VariableMeta, attribute: &str, text: &str) -> Result<AttrValue> {
    let masks = ["_FillValue", "missing_value", "valid_min", "valid_max"].contains(&attribute);
    if !masks || !var.dtype.is_numeric() {
        return Ok(free(text));
    }
    let parsed = match var.dtype.plain() {
        DType::I8 => text.parse().ok().map(|n| Data::I8(vec![n])),
        DType::I16 => text.parse().ok().map(|n| Data::I16(vec![n])),
        DType::I32 => text.parse().ok().map(|n| Data::I32(vec![n])),
        DType::I64 => text.parse().ok().map(|n| Data::I64(vec![n])),
        DType::U8 | DType::Bool => text.parse().ok().map(|n| Data::U8(vec![n])),
        DType::U16 => text.parse().ok().map(|n| Data::U16(vec![n])),
        DType::U32 => text.parse().ok().map(|n| Data::U32(vec![n])),
        DType::U64 => text.parse().ok().map(|n| Data::U64(vec![n])),
        DType::F64 => text.parse().ok().map(|n| Data::F64(vec![n])),
        _ => text.parse().ok().map(|n| Data::F32(vec![n])),
    };
    parsed.map(AttrValue::Numbers).ok_or_else(|| {
        Error::invalid(format!("{attribute} of {} cannot be {text}: its values are {}", var.path, var.dtype))
    })
}

/// A source whose metadata a person has corrected.
struct Edited {
    inner: Arc<dyn Source>,
    info: SourceInfo,
}

impl Source for Edited {
    fn info(&self) -> &SourceInfo {
        &self.info
    }

    fn read(&self, path: &str, region: &Region) -> Result<Block> {
        self.inner.read(path, region)
    }

    fn beneath(&self) -> Option<&dyn Source> {
        Some(&*self.inner)
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use super::Override;
    use crate::engine::EngineOptions;
    use crate::session::{OpenOptions, Session};
    use std::path::Path;

    #[test]
    fn what_is_set_reads_as_in_cdl() {
        let it: Override = "/a/t2m:scale_factor=0.01".parse().unwrap();
        assert_eq!(
            (it.variable.as_str(), it.attribute.as_str(), it.value.as_deref()),
            ("/a/t2m", "scale_factor", Some("0.01"))
        );
        let units: Override = "time:units=days since 2000-01-01 00:00:00".parse().unwrap();
        assert_eq!(units.value.as_deref(), Some("days since 2000-01-01 00:00:00"));
        assert_eq!("t2m:_FillValue=".parse::<Override>().unwrap().value, None);
        assert!("t2m".parse::<Override>().is_err() && "t2m:=3".parse::<Override>().is_err());
    }

    /// What the sources that stand on others do not say is what those say: the numbers within records are there still.
    #[test]
    fn fields_of_records_stay_under_a_set_attribute() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/formats/hdf5/fixtures/odd.h5");
        let session = Session::new(EngineOptions::default()).unwrap();
        let overrides = vec!["/numbers/half:units=K".parse().unwrap()];
        let opened =
            session.open_with(path.to_str().unwrap(), &OpenOptions { overrides, ..OpenOptions::default() }).unwrap();
        assert_eq!(opened.variable("/texts/records.id").unwrap().name, "records.id");
        assert_eq!(opened.variable("/numbers/half").unwrap().attrs.text("units"), Some("K"));
    }
}
