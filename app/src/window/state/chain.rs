//! Steps as the chain panel adds them: an operation with values that make sense for the data at hand.

use super::Names;
use graticule_core::ops::{Family, KeyTarget, OpSpec, ParamKind, Params, Step, Value};

/// A step of this operation for data with these names. Required values come from the operation's example; names of
/// dimensions and variables that the data do not have are replaced by those they have.
#[must_use]
pub fn default_step(spec: &'static OpSpec, names: &Names, shown: Option<&str>) -> Step {
    let example = Step::parse(spec.example).map(|s| s.params).unwrap_or_default();
    let time = names.dims.iter().find(|d| *d == "time").or_else(|| names.dims.first());
    let mut params = Params::default();
    for param in spec.params.iter().filter(|p| p.required) {
        let value = match param.kind {
            ParamKind::Dim | ParamKind::Dims => time.map(|d| Value::from(d.as_str())),
            ParamKind::Variables => {
                shown.map(Value::from).or_else(|| names.variables.first().map(|v| v.as_str().into()))
            }
            ParamKind::Expression => shown.map(|v| Value::from(format!("{v} > 0"))),
            _ => example.get(param.name).cloned().or_else(|| param.default.map(Value::parse)),
        };
        if let Some(value) = value {
            params.set(param.name, value);
        }
    }
    // Over time first: what is left can still be shown on the map.
    let along = spec.params.iter().find(|p| p.name == "dim" && !p.required && p.kind == ParamKind::Dims);
    if let (Some(param), Some(time), Family::Reduce) = (along, time.filter(|d| *d == "time"), spec.family) {
        params.set(param.name, time.as_str());
    }
    if let Some(keys) = spec.keys.filter(|k| k.required)
        && let Some((key, value)) = spec.free_keys(&example).next()
    {
        let (key, value) = match keys.target {
            KeyTarget::Dims => (time.map_or(key, String::as_str).to_owned(), value.clone()),
            KeyTarget::NewVariables => ("result".to_owned(), shown.map_or_else(|| value.clone(), Value::from)),
            KeyTarget::NewDims => {
                let last = names.dims.iter().skip(names.dims.len().saturating_sub(2));
                (key.to_owned(), Value::List(last.map(|d| d.as_str().into()).collect()))
            }
            KeyTarget::Names => (shown.unwrap_or(key).to_owned(), Value::from("renamed")),
        };
        params.set(key, value);
    }
    Step::new(spec.name, params)
}

#[cfg(test)]
mod tests {
    use super::{Names, default_step};
    use graticule_core::ops::OPS;

    #[test]
    fn every_operation_starts_with_all_it_requires() {
        let names = Names { dims: vec!["lat".into(), "time".into()], variables: vec!["tas".into()] };
        for spec in OPS {
            let step = default_step(spec, &names, Some("tas"));
            for param in spec.params.iter().filter(|p| p.required) {
                assert!(step.params.get(param.name).is_some(), "{} lacks {}", spec.name, param.name);
            }
            if spec.keys.is_some_and(|k| k.required) {
                assert!(spec.free_keys(&step.params).next().is_some(), "{} lacks a key", spec.name);
            }
        }
    }
}
