//! Every type of element that zarr-python writes, its fill values, and the numbers within records.

use super::python::same;
use super::{contract, run_python};
use crate::formats::zarr::open;
use crate::model::{AttrValue, Data, Region};
use serde_json::Value;

#[test]
fn reads_every_type_of_zarr_python() {
    let dir = tempfile::tempdir().unwrap();
    let Some(printed) = run_python(include_str!("python/types.py"), &[dir.path()]) else { return };
    let wanted: Value = serde_json::from_str(&printed).unwrap();
    for version in ["2", "3"] {
        let source = open(&dir.path().join(format!("v{version}.zarr"))).unwrap();
        contract::check(&*source);
        let root = &source.info().root;
        assert_eq!(source.info().warnings, Vec::<String>::new());
        let wanted = wanted[version].as_object().unwrap();
        for (path, values) in wanted {
            let base = path.split('.').next().unwrap();
            let meta = root.variable(base).unwrap();
            if let Some(field) = path.strip_prefix(base).and_then(|f| f.strip_prefix('.')) {
                assert!(
                    source.fields(base).iter().any(|member| member.name == field),
                    "{path}: {:?}",
                    source.fields(base)
                );
            }
            let block = source.read(path, &Region::all(&meta.shape)).unwrap();
            let values = values.as_array().unwrap();
            assert_eq!(block.data().len(), values.len(), "{path}");
            for (i, wanted) in values.iter().enumerate() {
                let got = block.data().json(i);
                assert!(same(&got, wanted), "v{version} {path}[{i}]: {got} is not {wanted}");
            }
        }
        for variable in &root.variables {
            let read = wanted.keys().any(|path| path.split('.').next() == Some(&variable.name));
            assert!(read, "{} is compared", variable.path);
        }
        let attrs = |name: &str| &root.variable(name).unwrap().attrs;
        for (name, units) in [
            ("time_ns", "nanoseconds since 1970-01-01 00:00:00"),
            ("time_D", "days since 1970-01-01 00:00:00"),
            ("time_M", "months since 1970-01-01 00:00:00"),
            ("span_s", "seconds"),
        ] {
            assert_eq!(attrs(name).text("units"), Some(units), "{name}");
            let nat = AttrValue::Numbers(Data::I64(vec![i64::MIN]));
            assert_eq!(attrs(name).get("_FillValue"), Some(&nat), "{name}");
        }
        assert_eq!(attrs("time_25D").number("scale_factor"), Some(25.0));
        assert_eq!(attrs("time_ns").text("calendar"), Some("proleptic_gregorian"));
    }
}
