//! A chain on disk: TOML that people read and diff, and the same as JSON inside exports.

use super::{Functions, Params, Scope, Step, Value};
use crate::model::{Error, Result};
use std::fmt::Write as _;
use std::sync::Arc;

/// The version of the form written here.
const VERSION: i64 = 1;

/// A whole chain: where it reads, what it does, where it writes.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Recipe {
    /// Paths, patterns or addresses, as given; empty where the caller says what to read.
    pub input: Vec<String>,
    /// Functions of the person's own, for the expressions of all steps.
    pub functions: Functions,
    /// The steps in order.
    pub steps: Vec<Step>,
    /// Where and how the result is written.
    pub output: Option<Output>,
}

/// Where and how a result is written.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Output {
    /// The target; its ending says the format.
    pub path: Option<String>,
    /// Chunk lengths by dimension.
    pub chunks: Vec<(String, usize)>,
    /// Shard lengths by dimension.
    pub shards: Vec<(String, usize)>,
    /// `zstd:3`, `blosc:lz4` …
    pub codec: Option<String>,
    /// The Zarr version, 2 or 3.
    pub zarr: Option<u8>,
}

impl Recipe {
    /// Reads TOML.
    ///
    /// # Errors
    /// [`Invalid`](crate::model::ErrorKind::Invalid) naming the line or the key that is wrong, and
    /// [`NotFound`](crate::model::ErrorKind::NotFound) for an operation that does not exist.
    pub fn from_toml(text: &str) -> Result<Self> {
        let table: toml::Table = text.parse().map_err(|e: toml::de::Error| {
            Error::invalid(format!("the recipe is not TOML: {}", e.to_string().trim_end()))
        })?;
        let json =
            serde_json::to_value(&table).map_err(|e| Error::invalid(format!("the recipe is not readable: {e}")))?;
        // Dates would otherwise become objects.
        Self::read(&json, |step, key| {
            let list = table.get("step").and_then(toml::Value::as_array)?;
            list.get(step)?.get(key).map(Value::from_toml)
        })
    }

    /// Reads JSON of the same form.
    ///
    /// # Errors
    /// As [`Recipe::from_toml`].
    pub fn from_json(json: &serde_json::Value) -> Result<Self> {
        Self::read(json, |_, _| None)
    }

    fn read(json: &serde_json::Value, exact: impl Fn(usize, &str) -> Option<Result<Value>>) -> Result<Self> {
        let top =
            json.as_object().ok_or_else(|| Error::invalid("a recipe is a table of version, input, step, output"))?;
        let mut recipe = Self::default();
        for (key, value) in top {
            match key.as_str() {
                "version" if value.as_i64() == Some(VERSION) => {}
                "version" => {
                    return Err(Error::unsupported(format!("recipe version {value}"))
                        .hint(format!("this build reads {VERSION}")));
                }
                "input" => recipe.input = strings("input", value)?,
                "functions" => {
                    for text in strings("functions", value)? {
                        recipe.functions.define(&text)?;
                    }
                }
                "step" => {
                    let list = value.as_array().ok_or_else(|| Error::invalid("step must be a list: write [[step]]"))?;
                    for (i, step) in list.iter().enumerate() {
                        let step = read_step(step, |key| exact(i, key));
                        recipe.steps.push(step.map_err(|e| e.within(format!("step {}", i + 1)))?);
                    }
                }
                "output" => recipe.output = Some(Output::read(value)?),
                other => {
                    return Err(Error::invalid(format!("a recipe has no key {other}"))
                        .hint("there are: version, input, functions, [[step]], [output]"));
                }
            }
        }
        Ok(recipe.bound())
    }

    /// The recipe with its steps able to use its functions. Reading one does this.
    #[must_use]
    pub fn bound(mut self) -> Self {
        let scope = Arc::new(Scope { functions: self.functions.clone(), ..Scope::default() });
        self.steps.iter_mut().for_each(|step| step.params.bind(&scope));
        self
    }

    /// The recipe as TOML.
    #[must_use]
    pub fn to_toml(&self) -> String {
        let mut out = format!("version = {VERSION}\n");
        match self.input.as_slice() {
            [] => {}
            [one] => line(&mut out, "input", &Value::from(one.as_str())),
            many => line(&mut out, "input", &Value::List(many.iter().map(|p| p.as_str().into()).collect())),
        }
        if !self.functions.is_empty() {
            out.push_str("functions = [\n");
            for text in self.functions.texts() {
                // Writing to a String cannot fail.
                writeln!(out, "    {},", toml::Value::String(text.to_owned())).unwrap_or_default();
            }
            out.push_str("]\n");
        }
        for step in &self.steps {
            out.push_str("\n[[step]]\n");
            line(&mut out, "op", &Value::from(step.op.as_str()));
            if !step.enabled {
                line(&mut out, "enabled", &Value::Bool(false));
            }
            for (key, value) in step.params.iter() {
                line(&mut out, key, value);
            }
        }
        if let Some(output) = &self.output {
            out.push_str("\n[output]\n");
            if let Some(path) = &output.path {
                line(&mut out, "path", &Value::from(path.as_str()));
            }
            sizes(&mut out, "chunks", &output.chunks);
            sizes(&mut out, "shards", &output.shards);
            if let Some(codec) = &output.codec {
                line(&mut out, "codec", &Value::from(codec.as_str()));
            }
            if let Some(version) = output.zarr {
                line(&mut out, "zarr", &Value::Integer(i64::from(version)));
            }
        }
        out
    }

    /// The recipe as JSON, for embedding.
    #[must_use]
    pub fn to_json(&self) -> serde_json::Value {
        let mut top = serde_json::Map::new();
        top.insert("version".into(), VERSION.into());
        match self.input.as_slice() {
            [] => {}
            [one] => drop(top.insert("input".into(), one.as_str().into())),
            many => drop(top.insert("input".into(), many.into())),
        }
        if !self.functions.is_empty() {
            top.insert("functions".into(), self.functions.texts().collect());
        }
        let steps = self.steps.iter().map(|step| {
            let mut map = serde_json::Map::new();
            map.insert("op".into(), step.op.as_str().into());
            if !step.enabled {
                map.insert("enabled".into(), false.into());
            }
            map.extend(step.params.iter().map(|(k, v)| (k.to_owned(), v.to_json())));
            serde_json::Value::Object(map)
        });
        top.insert("step".into(), steps.collect());
        if let Some(output) = &self.output {
            top.insert("output".into(), output.to_json());
        }
        serde_json::Value::Object(top)
    }
}

impl Output {
    fn read(json: &serde_json::Value) -> Result<Self> {
        let table = json.as_object().ok_or_else(|| Error::invalid("output must be a table"))?;
        let mut output = Self::default();
        for (key, value) in table {
            let text = || {
                value
                    .as_str()
                    .map(str::to_owned)
                    .ok_or_else(|| Error::invalid(format!("output {key} must be text, not {value}")))
            };
            match key.as_str() {
                "path" => output.path = Some(text()?),
                "codec" => output.codec = Some(text()?),
                "chunks" => output.chunks = read_sizes(key, value)?,
                "shards" => output.shards = read_sizes(key, value)?,
                "zarr" => match value.as_u64() {
                    Some(2) => output.zarr = Some(2),
                    Some(3) => output.zarr = Some(3),
                    _ => return Err(Error::invalid(format!("output zarr must be 2 or 3, not {value}"))),
                },
                other => {
                    return Err(Error::invalid(format!("output has no key {other}"))
                        .hint("there are: path, chunks, shards, codec, zarr"));
                }
            }
        }
        Ok(output)
    }

    fn to_json(&self) -> serde_json::Value {
        let mut map = serde_json::Map::new();
        let dims = |list: &[(String, usize)]| list.iter().map(|(d, n)| (d.clone(), (*n).into())).collect();
        if let Some(path) = &self.path {
            map.insert("path".into(), path.as_str().into());
        }
        if !self.chunks.is_empty() {
            map.insert("chunks".into(), serde_json::Value::Object(dims(&self.chunks)));
        }
        if !self.shards.is_empty() {
            map.insert("shards".into(), serde_json::Value::Object(dims(&self.shards)));
        }
        if let Some(codec) = &self.codec {
            map.insert("codec".into(), codec.as_str().into());
        }
        if let Some(version) = self.zarr {
            map.insert("zarr".into(), version.into());
        }
        serde_json::Value::Object(map)
    }
}

fn read_step(json: &serde_json::Value, exact: impl Fn(&str) -> Option<Result<Value>>) -> Result<Step> {
    let table = json.as_object().ok_or_else(|| Error::invalid("a step must be a table"))?;
    let op = table.get("op").and_then(serde_json::Value::as_str).ok_or_else(|| Error::invalid("op is missing"))?;
    super::find(op)?;
    let mut params = Params::default();
    let mut enabled = true;
    for (key, value) in table {
        match key.as_str() {
            "op" => {}
            "enabled" => {
                enabled = value
                    .as_bool()
                    .ok_or_else(|| Error::invalid(format!("enabled must be true or false, not {value}")))?
            }
            _ => {
                let value = exact(key).unwrap_or_else(|| Value::from_json(value));
                params.set(key.as_str(), value.map_err(|e| e.within(format!("{op} {key}")))?);
            }
        }
    }
    Ok(Step { op: op.to_owned(), params, enabled })
}

fn strings(key: &str, json: &serde_json::Value) -> Result<Vec<String>> {
    let wrong = || Error::invalid(format!("{key} must be text or a list of texts, not {json}"));
    match json {
        serde_json::Value::String(one) => Ok(vec![one.clone()]),
        serde_json::Value::Array(many) => {
            many.iter().map(|v| v.as_str().map(str::to_owned).ok_or_else(wrong)).collect()
        }
        _ => Err(wrong()),
    }
}

fn read_sizes(key: &str, json: &serde_json::Value) -> Result<Vec<(String, usize)>> {
    let wrong = || Error::invalid(format!("output {key} must give a length above 0 for each dimension, not {json}"));
    json.as_object()
        .ok_or_else(wrong)?
        .iter()
        .map(|(dim, n)| {
            let n = n.as_u64().and_then(|n| usize::try_from(n).ok()).filter(|&n| n > 0).ok_or_else(wrong)?;
            Ok((dim.clone(), n))
        })
        .collect()
}

fn line(out: &mut String, key: &str, value: &Value) {
    out.push_str(&bare(key));
    out.push_str(" = ");
    out.push_str(&value.to_toml().to_string());
    out.push('\n');
}

fn sizes(out: &mut String, key: &str, list: &[(String, usize)]) {
    if !list.is_empty() {
        let items: Vec<_> = list.iter().map(|(dim, n)| format!("{} = {n}", bare(dim))).collect();
        // Writing to a String cannot fail.
        writeln!(out, "{key} = {{ {} }}", items.join(", ")).unwrap_or_default();
    }
}

/// A TOML key, quoted where it must be.
fn bare(key: &str) -> String {
    let plain = !key.is_empty() && key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
    if plain { key.to_owned() } else { toml::Value::String(key.to_owned()).to_string() }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use super::Recipe;

    const TEXT: &str = r#"version = 1
input = "era_like.nc"

[[step]]
op = "expr"
ws = "hypot(u, v)"

[[step]]
op = "resample"
enabled = false
time = "1D"
reduce = "max"

[output]
path = "ws_daily_max.zarr"
chunks = { time = 24 }
codec = "blosc:lz4"
"#;

    #[test]
    fn a_recipe_reads_and_writes_the_same_text() {
        let recipe = Recipe::from_toml(TEXT).unwrap();
        assert_eq!(recipe.steps[0].to_string(), "expr ws='hypot(u, v)'");
        assert!(!recipe.steps[1].enabled);
        assert_eq!(recipe.output.as_ref().unwrap().chunks, [("time".to_owned(), 24)]);
        assert_eq!(recipe.to_toml(), TEXT);
        assert_eq!(Recipe::from_json(&recipe.to_json()).unwrap(), recipe);
    }

    #[test]
    fn functions_are_read_bound_and_written_back() {
        let text = "version = 1\nfunctions = [\n    \"celsius(t) = t - 273.15\",\n    'twice(x) = where(x > 0, 2 * x, \"no\")',\n]\n";
        assert!(Recipe::from_toml(text).unwrap_err().to_string().starts_with("function twice: "));
        let text = "version = 1\nfunctions = [\n    \"celsius(t) = t - 273.15\",\n    \"far(x, y) = hypot(x, y)\",\n]\n\n[[step]]\nop = \"expr\"\nc = \"far(celsius(t), mask)\"\n";
        let recipe = Recipe::from_toml(text).unwrap();
        assert_eq!(recipe.to_toml(), text);
        let again = Recipe::from_json(&recipe.to_json()).unwrap();
        assert_eq!(again, recipe);
        let ds = crate::ops::testing::dataset();
        assert!(again.steps[0].apply(&ds).unwrap().var("c").is_some());
        let script = crate::ops::script(&["a.nc"], crate::ops::Open::Dataset { group: None }, &ds, &again.steps, None);
        assert_eq!(
            script.unwrap(),
            "import numpy as np\nimport xarray as xr\n\n\ndef celsius(t):\n    return t - 273.15\n\n\n\
             def far(x, y):\n    return np.hypot(x, y)\n\n\n\
             ds = xr.open_dataset(\"a.nc\", decode_coords=\"all\")\n\
             ds[\"c\"] = far(celsius(ds[\"t\"]), ds[\"mask\"])\nprint(ds)\n"
        );
        let error = |text: &str| Recipe::from_toml(text).unwrap_err().to_string();
        assert!(error("functions = 3").contains("functions must be text or a list of texts"));
        assert!(error("functions = ['f(a) = b']").contains("function f: no argument b"));
    }

    #[test]
    fn dates_lists_and_odd_names_survive() {
        let text = "version = 1\ninput = [\"a.nc\", \"b.nc\"]\n\n[[step]]\nop = \"sel\"\ntime = 2001-07-16\n\"a b\" = [1, 2.5]\n";
        let recipe = Recipe::from_toml(text).unwrap();
        assert_eq!(recipe.input.len(), 2);
        assert_eq!(recipe.steps[0].params.text("time").unwrap(), "2001-07-16");
        assert_eq!(Recipe::from_toml(&recipe.to_toml()).unwrap(), recipe);
    }

    #[test]
    fn mistakes_are_named() {
        let error = |text: &str| Recipe::from_toml(text).unwrap_err().to_string();
        assert!(error("version = 2").contains("recipe version 2"));
        assert!(error("steps = []").contains("no key steps"));
        assert!(error("[[step]]\nname = \"mean\"").contains("step 1: op is missing"));
        assert!(error("[[step]]\nop = \"meen\"").contains("mean"));
        assert!(error("[output]\nchunks = { time = 0 }").contains("length above 0"));
        assert!(error("version = ").contains("TOML"));
    }

    #[test]
    fn damaged_recipes_are_read_or_refused() {
        let odd =
            "version = 1\ninput = 'a.nc'\n[[step]]\nop = 'isel'\ntime = [0, 10, 2]\n[output]\nchunks = { time = 1 }\n";
        let own = "functions = ['f(a, b) = a + 2 * b', 'g(x) = f(x, 1)']\n[[step]]\nop = 'expr'\ny = 'g(x)'\n";
        crate::damage::feed_text(&[TEXT, odd, own], 4000, |text| {
            if let Ok(recipe) = Recipe::from_toml(text) {
                assert!(Recipe::from_toml(&recipe.to_toml()).is_ok(), "{text}");
            }
        });
    }
}
