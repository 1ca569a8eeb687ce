//! Sample files cut into parts and joined again.

use crate::engine::{EngineOptions, Run};
use crate::formats::contract::sample;
use crate::model::{Block, Region, Span};
use crate::session::{ExportFormat, ExportOptions, OpenOptions, Opened, Session, selection};
use std::path::Path;

/// Writes ranges of time of a sample under the names given.
fn cut(session: &Session, from: &Opened, to: &Path, parts: &[(&str, &str)], format: ExportFormat) {
    for (name, range) in parts {
        let step = selection("isel", &format!("time={range}")).unwrap();
        let part = step.apply(from.dataset("/").unwrap()).unwrap();
        let options = ExportOptions { format, ..ExportOptions::default() };
        session.export(&part, &to.join(name), &options, &Run::background()).unwrap();
    }
}

fn values(session: &Session, of: &Opened, name: &str, region: Option<&Region>) -> Block {
    let node = &of.dataset("/").unwrap().need_var(name).unwrap().node;
    let all = Region::all(&node.meta().shape);
    Block::clone(&session.engine().compute(node, region.unwrap_or(&all), &Run::background()).unwrap())
}

/// As text, so that a NaN equals a NaN.
fn same(a: &Block, b: &Block) {
    assert_eq!(format!("{a:?}"), format!("{b:?}"));
}

#[test]
fn parts_joined_are_the_whole_whatever_their_names() {
    for (file, name, dims) in [("ostia_monthly.nc", "surface_temperature", 54), ("tos_O1_2001-2002.nc", "tos", 24)] {
        let Some(path) = sample(file) else { return };
        for format in [ExportFormat::Zarr3, ExportFormat::NetCdf4] {
            let session = Session::new(EngineOptions::default()).unwrap();
            let folder = tempfile::tempdir().unwrap();
            let whole = session.open(&path.to_string_lossy()).unwrap();
            cut(&session, &whole, folder.path(), &[("c", "0:9"), ("a", "9:10"), ("b", "10:24")], format);
            if dims > 24 {
                cut(&session, &whole, folder.path(), &[("0", "24:54")], format);
            }
            let joined = session.open(&folder.path().join("*").to_string_lossy()).unwrap();
            assert!(joined.info().path.ends_with("files)"), "{}", joined.info().path);
            let (a, b) = (whole.dataset("/").unwrap(), joined.dataset("/").unwrap());
            assert_eq!(a.axis("time").unwrap().values, b.axis("time").unwrap().values);
            same(&values(&session, &whole, name, None), &values(&session, &joined, name, None));
            let mut seam = Region::all(&a.need_var(name).unwrap().node.meta().shape);
            seam.0[0] = Span::new(7, 8);
            seam.0[1] = Span::new(3, 5);
            same(&values(&session, &whole, name, Some(&seam)), &values(&session, &joined, name, Some(&seam)));
            let by_folder = session.open(&folder.path().to_string_lossy()).unwrap();
            assert_eq!(by_folder.info().identity, joined.info().identity);
        }
    }
}

#[test]
fn overlaps_are_refused_and_gaps_are_told() {
    let Some(path) = sample("ostia_monthly.nc") else { return };
    let session = Session::new(EngineOptions::default()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let whole = session.open(&path.to_string_lossy()).unwrap();
    cut(&session, &whole, folder.path(), &[("a", "0:9"), ("b", "8:12"), ("c", "20:30")], ExportFormat::Zarr3);
    let paths = |names: [&str; 2]| names.map(|n| folder.path().join(n).to_string_lossy().into_owned());
    let error = session.open_many(&paths(["a", "b"]), &OpenOptions::default()).err().unwrap().to_string();
    assert!(error.contains("monotonic global indexes") && error.contains("/a") && error.contains("/b"), "{error}");
    let joined = session.open_many(&paths(["c", "a"]), &OpenOptions::default()).unwrap();
    assert!(joined.info().warnings.iter().any(|w| w.contains("gap")), "{:?}", joined.info().warnings);
    let twice = session.open_many(&paths(["a", "not_here"]), &OpenOptions::default()).err().unwrap().to_string();
    assert!(twice.contains("not_here"), "{twice}");
}

/// Writes one file of WRF: letters for times, no coordinate variable.
fn wrf(folder: &Path, times: &str, letters: &str, values: &[u8]) {
    let n = values.len();
    for (name, shape, dims, dtype, bytes) in [
        ("Times", letters, r#"["Time", "DateStrLen"]"#, "|S1", times.as_bytes()),
        ("T2", &*format!("[{n}]"), r#"["Time"]"#, "|u1", values),
    ] {
        let to = folder.join(name);
        std::fs::create_dir_all(&to).unwrap();
        std::fs::write(folder.join(".zgroup"), r#"{"zarr_format": 2}"#).unwrap();
        let meta = format!(
            r#"{{"zarr_format": 2, "shape": {shape}, "chunks": {shape}, "dtype": "{dtype}", "compressor": null,
            "filters": null, "fill_value": null, "order": "C"}}"#
        );
        std::fs::write(to.join(".zarray"), meta).unwrap();
        std::fs::write(to.join(".zattrs"), format!(r#"{{"_ARRAY_DIMENSIONS": {dims}}}"#)).unwrap();
        std::fs::write(to.join(if name == "T2" { "0" } else { "0.0" }), bytes).unwrap();
    }
}

#[test]
fn files_of_wrf_follow_each_other_by_the_dates_they_write() {
    let session = Session::new(EngineOptions::default()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    // Named against their order.
    wrf(&folder.path().join("a"), "2005-08-29_00:00:00", "[1, 19]", &[7]);
    wrf(&folder.path().join("b"), "2005-08-28_00:00:002005-08-28_12:00:00", "[2, 19]", &[5, 6]);
    let joined = session.open(&folder.path().join("*").to_string_lossy()).unwrap();
    let data = joined.dataset("/").unwrap();
    assert_eq!(data.axis("Time").unwrap().values.label(2), "2005-08-29T00:00:00");
    assert_eq!(values(&session, &joined, "T2", None).into_data().to_f64(), [5.0, 6.0, 7.0]);
    let last = selection("sel", "Time=2005-08-29").unwrap().apply(data).unwrap();
    assert_eq!(last.axis("Time").unwrap().values.len(), 1);
    // The last step of one file is the first of the next.
    wrf(&folder.path().join("c"), "2005-08-28_12:00:00", "[1, 19]", &[6]);
    let error = session.open(&folder.path().join("*").to_string_lossy()).err().unwrap().to_string();
    assert!(error.contains("2005-08-28T12:00:00"), "{error}");
}

/// Writes one month: days counted in `units`, numbers packed with `scale`.
fn month(path: &Path, [units, calendar]: [&str; 2], step: f64, scale: f64) {
    let mut file = netcdf::create(path).unwrap();
    file.add_dimension("time", 3).unwrap();
    let mut time = file.add_variable::<f64>("time", &["time"]).unwrap();
    time.put_attribute("units", units).unwrap();
    time.put_attribute("calendar", calendar).unwrap();
    time.put_values(&[0.0, step, 2.0 * step], ..).unwrap();
    let mut packed = file.add_variable::<i16>("pr", &["time"]).unwrap();
    packed.put_attribute("scale_factor", scale).unwrap();
    packed.put_attribute("_FillValue", -1i16).unwrap();
    packed.put_values(&[10i16, -1, 30], ..).unwrap();
}

#[test]
fn each_file_is_read_by_its_own_units_and_packing() {
    let session = Session::new(EngineOptions::default()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    // Named against their order, one with an accent and a space.
    month(&folder.path().join("b.nc"), ["days since 2001-02-27", "noleap"], 1.0, 0.5);
    month(&folder.path().join("a février.nc"), ["hours since 2001-03-02", "noleap"], 24.0, 0.1);
    let joined = session.open(&folder.path().join("*.nc").to_string_lossy()).unwrap();
    let data = joined.dataset("/").unwrap();
    let crate::plan::AxisValues::Time { ticks, calendar } = &data.axis("time").unwrap().values else { unreachable!() };
    let days: Vec<String> = ticks.iter().map(|&t| calendar.date(t).to_string()).collect();
    assert_eq!((days[2].as_str(), days[3].as_str()), ("2001-03-01T00:00:00", "2001-03-02T00:00:00"));
    let read = values(&session, &joined, "pr", None).into_data().to_f64();
    let wanted = [5.0, f64::NAN, 15.0, 1.0, f64::NAN, 3.0];
    assert!(read.iter().zip(wanted).all(|(a, b)| (a - b).abs() < 1e-12 || (a.is_nan() && b.is_nan())), "{read:?}");
    assert!(joined.info().warnings.iter().any(|w| w.contains("pr") && w.contains("packed")));
    // Another calendar leaves no order; a series of one calendar is not to be stretched over another's days.
    month(&folder.path().join("c.nc"), ["days since 2001-04-01", "360_day"], 1.0, 0.5);
    let error = session.open(&folder.path().to_string_lossy()).err().unwrap().to_string();
    assert!(["360_day", "noleap", "a février.nc", "c.nc"].iter().all(|w| error.contains(w)), "{error}");
}
