//! `{{ … }}` in the arguments of an entry: the catalogue's folder, parameters, other arguments, the environment.

use super::parameter::{Parameter, environment};
use crate::model::{Error, Result};
use serde_json::{Map, Value};
use std::path::Path;

/// What templates of an entry may name.
pub(super) struct Scope<'a> {
    pub(super) folder: &'a str,
    pub(super) parameters: &'a [Parameter],
    pub(super) args: &'a Map<String, Value>,
}

impl Scope<'_> {
    /// The path that a template stands for: a relative one lies in the catalogue's folder. In a pattern the folder's own
    /// stars and brackets are no pattern.
    pub(super) fn path(&self, template: &str) -> Result<String> {
        let (parts, filled) = self.fill(template)?;
        let local = filled.strip_prefix("file://").or(filled.strip_prefix("local://")).unwrap_or(&filled);
        if let Some((scheme, _)) = local.split_once("://") {
            return Err(Error::unsupported(format!("{local}: remote, not yet read"))
                .hint(format!("fetch it and name the copy; {scheme}:// needs a network")));
        }
        if parts.contains('{') {
            return Err(Error::unsupported(format!("{template}: labels taken from names of files"))
                .hint("write * in place of {…}, or a list"));
        }
        let is_pattern = parts.contains(['*', '?', '[']);
        let folder = if is_pattern { glob::Pattern::escape(self.folder) } else { self.folder.to_owned() };
        let local = match local.strip_prefix("~/").and_then(|rest| Some((rest, std::env::var("HOME").ok()?))) {
            Some((rest, home)) => format!("{home}/{rest}"),
            None if is_pattern => local.replacen(self.folder, &folder, usize::from(local.starts_with(self.folder))),
            None => local.to_owned(),
        };
        if Path::new(&local).is_absolute() || local.starts_with(&folder) {
            return Ok(local);
        }
        Ok(format!("{folder}/{}", local.strip_prefix("./").unwrap_or(&local)))
    }

    /// The literal parts of a template, and all of it filled.
    fn fill(&self, template: &str) -> Result<(String, String)> {
        let (mut literal, mut filled) = (String::new(), String::new());
        let mut rest = template;
        while let Some((before, after)) = rest.split_once("{{") {
            let (inside, after) =
                after.split_once("}}").ok_or_else(|| Error::invalid(format!("{template}: {{{{ without }}}}")))?;
            literal.push_str(before);
            filled.push_str(before);
            filled.push_str(&self.value(inside.trim().trim_matches('-').trim())?);
            rest = after;
        }
        if rest.contains("{%") || rest.contains("{#") {
            return Err(Error::unsupported(format!("{template}: statements in a template"))
                .hint("write the path out, or use parameters as {{ NAME }}"));
        }
        literal.push_str(rest);
        filled.push_str(rest);
        Ok((literal, filled))
    }

    fn value(&self, name: &str) -> Result<String> {
        if name == "CATALOG_DIR" {
            return Ok(self.folder.to_owned());
        }
        if let Some(parameter) = self.parameters.iter().find(|p| p.name == name) {
            return Ok(parameter.value.clone());
        }
        match self.args.get(name) {
            Some(Value::String(text)) => return Ok(text.clone()),
            Some(Value::Number(number)) => return Ok(number.to_string()),
            _ => {}
        }
        if name.starts_with("env(") && name.ends_with(')') {
            return environment(name);
        }
        let known: Vec<&str> = self.parameters.iter().map(|p| p.name.as_str()).collect();
        Err(Error::unsupported(format!("{{{{ {name} }}}} names no parameter"))
            .hint(format!("there are: {}", ["CATALOG_DIR"].into_iter().chain(known).collect::<Vec<_>>().join(", "))))
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use super::Scope;
    use crate::session::catalog::parameter::Parameter;
    use serde_json::{Map, json};

    #[test]
    fn names_are_filled_and_relative_paths_lie_beside_the_catalogue() {
        let year = Parameter::read("year", &json!({"type": "int", "default": 2001}), &[]).unwrap();
        let args = Map::from_iter([("model".to_owned(), json!("m1"))]);
        let scope = Scope { folder: "/data/[a]", parameters: &[year], args: &args };
        let path = |text: &str| scope.path(text).map_err(|e| e.to_string());
        assert_eq!(path("{{ CATALOG_DIR }}/x_{{year}}.nc").unwrap(), "/data/[a]/x_2001.nc");
        assert_eq!(path("{{CATALOG_DIR}}/*.nc").unwrap(), "/data/[[]a[]]/*.nc");
        assert_eq!(path("./{{ model }}/x.zarr").unwrap(), "/data/[a]/m1/x.zarr");
        assert_eq!(path("sub/*.nc").unwrap(), "/data/[[]a[]]/sub/*.nc");
        assert_eq!(path("file:///else/x.nc").unwrap(), "/else/x.nc");
        assert!(path("s3://bucket/{{ year }}.zarr").unwrap_err().starts_with("s3://bucket/2001.zarr: remote, not yet"));
        assert!(path("{{ month }}.nc").unwrap_err().contains("there are: CATALOG_DIR, year"));
        assert!(path("{{ env(GRATICULE_SURELY_UNSET) }}/x").unwrap_err().contains("GRATICULE_SURELY_UNSET is not set"));
        assert_eq!(path("/{{ env(GRATICULE_SURELY_UNSET, 'd') }}/x").unwrap(), "/d/x");
        assert!(path("{% if x %}a{% endif %}").unwrap_err().contains("statements"));
        assert!(path("x_{year:04d}.nc").unwrap_err().contains("labels taken from names"));
        assert!(path("{{ year").unwrap_err().contains("without }}"));
    }
}
