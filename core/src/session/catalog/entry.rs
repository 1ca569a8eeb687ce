//! What an entry points to: the driver and the arguments that say which files. Opens nothing.

use super::template::Scope;
use super::yaml::Entry;
use crate::model::{Error, Result};
use serde_json::Value;
use std::path::PathBuf;

/// Where an entry leads.
#[derive(Debug, PartialEq)]
pub(super) enum Target {
    /// Files, patterns or stores, joined where there are several.
    Data(Vec<String>),
    /// Another catalogue.
    Catalogue(PathBuf),
}

/// Drivers of arrays, by the last part of their name in small letters. The content says which format a file has.
const DATA: &[&str] = &[
    "netcdf",
    "netcdfsource",
    "netcdf4",
    "h5netcdf",
    "hdf5",
    "hdf",
    "zarr",
    "zarrsource",
    "zarr_cat",
    "zarrgroupcatalog",
    "ndzarr",
    "zarrarraysource",
    "xarray",
    "kerchunk",
    "reference",
    "rasterio",
    "rasteriosource",
    "tiff",
    "tif",
    "xarray_image",
    "imagesource",
];
/// Drivers of catalogues in YAML.
const CATALOGUES: &[&str] = &["yaml_file_cat", "yaml_file", "yamlfilecatalog", "yaml_files_cat", "yamlfilescatalog"];
/// Drivers that read from servers.
const REMOTE: &[&str] =
    &["opendap", "opendapsource", "intake_remote", "remotecatalog", "remote-xarray", "remotexarray"];
/// Arguments that say how, and not what, is read: nothing is lost where they are left aside.
const HARMLESS: &[&str] = &[
    "urlpath",
    "path",
    "chunks",
    "combine",
    "concat_dim",
    "consolidated",
    "storage_options",
    "parallel",
    "engine",
    "backend_kwargs",
    "xarray_kwargs",
    "open_local",
    "join",
    "compat",
    "coords",
    "data_vars",
    "decode_coords",
    "combine_attrs",
    "autoclose",
    "cache",
    "lock",
    "metadata",
    "path_as_pattern",
];

/// Where the entry leads.
pub(super) fn target(entry: &Entry, scope: &Scope<'_>) -> Result<Target> {
    let kind = |driver: &String| driver.rsplit(['.', ':']).next().unwrap_or_default().to_ascii_lowercase();
    let kinds: Vec<String> = entry.drivers.iter().map(kind).collect();
    let any = |of: &[&str]| kinds.iter().any(|k| of.contains(&k.as_str()));
    let drivers = || entry.drivers.join(", ");
    if any(CATALOGUES) {
        return match paths(entry, scope)?.as_slice() {
            [one] => Ok(Target::Catalogue(PathBuf::from(one))),
            many => Err(Error::unsupported(format!("{} catalogues in one entry", many.len()))
                .hint("give each an entry of its own")),
        };
    }
    if any(DATA) {
        return paths(entry, scope).map(Target::Data);
    }
    if any(REMOTE) {
        return Err(Error::unsupported(format!("driver {} reads from a server: remote, not yet read", drivers())));
    }
    Err(Error::unsupported(format!("driver {} reads no arrays", drivers()))
        .hint("known are netcdf, zarr and catalogues"))
}

fn paths(entry: &Entry, scope: &Scope<'_>) -> Result<Vec<String>> {
    let args = &entry.args;
    // A parameter may bear the name of the argument.
    let own = scope.parameters.iter().find(|p| p.name == "urlpath").map(|p| Value::from(p.value.as_str()));
    let named = args.get("urlpath").or_else(|| args.get("path")).or(own.as_ref());
    let texts: Vec<&str> = match named {
        Some(Value::String(one)) => vec![one],
        Some(Value::Array(many)) if !many.is_empty() => many
            .iter()
            .map(|v| v.as_str().ok_or_else(|| Error::invalid(format!("urlpath holds {v}, no text"))))
            .collect::<Result<_>>()?,
        _ => return Err(Error::invalid("it has no urlpath").hint("write args: {urlpath: …}")),
    };
    texts.into_iter().map(|text| path(text, entry, scope)).collect()
}

fn path(text: &str, entry: &Entry, scope: &Scope<'_>) -> Result<String> {
    let text = match text.strip_prefix("reference::") {
        Some(references) => references,
        None if text.starts_with("reference://") => {
            let options = entry.args.get("storage_options");
            options.and_then(|o| o.get("fo")).and_then(Value::as_str).ok_or_else(|| {
                Error::invalid("reference:// without a file of references").hint("write storage_options: {fo: …}")
            })?
        }
        None => text,
    };
    scope.path(text)
}

/// Arguments that would change what is read, and are not heeded.
pub(super) fn unheeded(entry: &Entry) -> Vec<&str> {
    let inner = entry.args.get("xarray_kwargs").and_then(Value::as_object);
    let names = entry.args.keys().chain(inner.into_iter().flat_map(serde_json::Map::keys));
    let used = |name: &str| {
        let mark = |text: &Value| text.as_str().is_some_and(|t| t.contains("{{") && t.contains(name));
        entry.args.values().any(mark)
    };
    names.map(String::as_str).filter(|name| !HARMLESS.contains(name) && !used(name)).collect()
}
