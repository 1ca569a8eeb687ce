//! Catalogues over the built-in sample and the sample files; what is wrong with one is told, and nothing panics.

use super::{find, tree, yaml};
use crate::engine::{EngineOptions, Run};
use crate::formats::contract::{check, sample};
use crate::model::Region;
use crate::session::{Opened, Session, names_data};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

fn climate() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../assets/sample/idealised_climate.nc").canonicalize().unwrap()
}

fn session() -> Session {
    Session::new(EngineOptions::default()).unwrap()
}

/// A folder with a catalogue of these entries, and the sample as `climate.nc`.
fn made(sources: &str) -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::copy(climate(), folder.path().join("climate.nc")).unwrap();
    let path = folder.path().join("catalog.yml");
    std::fs::write(&path, format!("sources:\n{sources}")).unwrap();
    (folder, path.to_string_lossy().into_owned())
}

fn entry(name: &str, driver: &str, urlpath: &str) -> String {
    format!("  {name}:\n    driver: {driver}\n    args: {{urlpath: {urlpath:?}}}\n")
}

fn same(session: &Session, a: (&Opened, &str), b: (&Opened, &str)) {
    let values = |(of, path): (&Opened, &str)| {
        let (group, name) = of.locate(path).unwrap();
        let node = Arc::clone(&group.dataset.need_var(&name).unwrap().node);
        session.engine().compute(&node, &Region::all(&node.meta().shape), &Run::background()).unwrap()
    };
    // As text, so that a NaN equals a NaN.
    assert_eq!(format!("{:?}", values(a)), format!("{:?}", values(b)));
}

#[test]
fn entries_are_groups_and_hold_what_their_files_hold() {
    let Some(path) = sample("catalog.yml") else { return };
    let session = session();
    let opened = session.open(&path.to_string_lossy()).unwrap();
    let info = opened.info();
    assert_eq!(info.format, "intake");
    let names: Vec<&str> = info.root.groups.iter().map(|g| g.name.as_str()).collect();
    let expected = [
        "air",
        "sst_monthly",
        "tos_two_files",
        "cube",
        "sst_v3",
        "air_reference",
        "missing_on_purpose",
        "unknown_driver",
    ];
    assert_eq!(names, expected);
    let air = info.root.group("/air").unwrap();
    assert_eq!(air.attrs.text("description"), Some("Air temperature, NCEP reanalysis subset (packed int16)"));
    assert!(air.attrs.text("file_description").unwrap().starts_with("Data is from NMC"));
    assert_eq!(air.attrs.get("metadata").unwrap().to_json(), serde_json::json!({"tags": ["atmosphere"]}));
    let told = |name: &str| info.warnings.iter().find(|w| w.starts_with(&format!("entry {name}: "))).unwrap();
    assert!(told("missing_on_purpose").contains("not_here.nc"));
    assert!(told("unknown_driver").contains("driver csv"));
    check(opened.source().as_ref());
    for (entry, file, name) in [
        ("air", "air_temperature_subset.nc", "air"),
        ("sst_monthly", "ostia_monthly.nc", "surface_temperature"),
        ("tos_two_files", "tos_O1_*.nc", "tos"),
        ("cube", "olci_cube_v2_consolidated.zarr", "conc_chl"),
        ("sst_v3", "ostia_v3_sharded.zarr", "surface_temperature"),
        ("air_reference", "air_temperature_subset.kerchunk.json", "air"),
    ] {
        let alone = session.open(&path.with_file_name(file).to_string_lossy()).unwrap();
        same(&session, (&opened, &format!("/{entry}/{name}")), (&alone, name));
        let (a, b) = (opened.dataset(entry).unwrap(), alone.dataset("/").unwrap());
        for axis in &a.axes {
            assert_eq!(axis.values, b.axis(&axis.name).unwrap().values, "{entry} {}", axis.name);
        }
        // One entry, asked for by its name, is what its files are.
        let by_name = session.open(&format!("{}/{entry}", path.display())).unwrap();
        assert_eq!(by_name.info().identity, alone.info().identity);
    }
    let error = opened.variable("/missing_on_purpose/air").unwrap_err().to_string();
    assert!(error.contains("entry missing_on_purpose: cannot open"), "{error}");
    assert!(opened.dataset("missing_on_purpose").unwrap_err().to_string().contains("not_here.nc"));
    let error = session.open(&format!("{}/missing_on_purpose", path.display())).err().unwrap().to_string();
    assert!(error.starts_with("entry missing_on_purpose: cannot open") && error.contains("not_here.nc"), "{error}");
    let error = session.open(&format!("{}/sst_montly", path.display())).err().unwrap().to_string();
    assert!(error.contains("did you mean sst_monthly?"), "{error}");
}

#[test]
fn what_decoding_takes_from_the_format_is_that_of_the_file() {
    let (_folder, path) = made(&entry("climate", "netcdf", "{{ CATALOG_DIR }}/climate.nc"));
    let session = session();
    let opened = session.open(&path).unwrap();
    assert_eq!(opened.source().format_of("/climate/tas"), "netcdf4");
    let alone = session.open(&climate().to_string_lossy()).unwrap();
    for var in &alone.info().root.variables {
        let inside = opened.variable(&format!("/climate{}", var.path)).unwrap();
        assert_eq!((&inside.shape, &inside.dtype, &inside.chunks), (&var.shape, &var.dtype, &var.chunks));
        assert_eq!(opened.source().stored_bytes(&inside.path), alone.source().stored_bytes(&var.path));
        let region = Region::all(&var.shape);
        let (a, b) = (opened.source().read(&inside.path, &region), alone.source().read(&var.path, &region));
        assert_eq!(format!("{:?}", a.unwrap()), format!("{:?}", b.unwrap()));
    }
    let (origin, inside) = opened.origin("/climate").unwrap();
    assert!(origin.files.len() == 1 && origin.files[0].ends_with("/climate.nc") && inside.is_empty());
    assert!(opened.origin("/").is_none());
    check(opened.source().as_ref());
}

#[test]
fn parameters_have_defaults_and_take_what_is_given() {
    let sources = "  run:
    driver: [no_such, intake_xarray.netcdf.NetCDFSource]
    parameters:
      model: {type: str, default: climate, allowed: [climate, weather], description: which model}
      end: {type: str, default: nc}
    args: {urlpath: '{{ CATALOG_DIR }}/{{ model }}.{{ end }}', drop_variables: [a], xarray_kwargs: {decode_times: false}}
";
    let (_folder, path) = made(sources);
    let session = session();
    let opened = session.open(&path).unwrap();
    assert!(opened.variable("/run/tas").is_ok(), "{:?}", opened.info().warnings);
    let parameters = opened.info().root.group("run").unwrap().attrs.get("parameters").unwrap().to_json();
    assert_eq!(parameters["model"]["value"], "climate");
    assert_eq!(opened.info().warnings, ["entry run: arguments left aside: drop_variables, decode_times"]);
    let error = |given: &str| session.open(&format!("{path}{given}")).err().unwrap().to_string();
    assert!(error("/run?model=weather").contains("weather.nc"));
    assert!(error("/run?model=x").contains("allowed are climate, weather"));
    assert!(error("?modle=x").contains("no parameter modle; there are: end, model"));
    let warned = session.open(&format!("{path}?model=weather")).unwrap();
    assert!(
        warned.info().warnings.iter().any(|w| w.starts_with("entry run: cannot open")),
        "{:?}",
        warned.info().warnings
    );
    assert!(names_data(&format!("{path}/run?model=climate")) && !names_data(&format!("{path}x")));
}

#[test]
fn catalogues_hold_catalogues_but_never_themselves() {
    let (folder, path) = made(&format!(
        "{}{}{}",
        entry("inner", "yaml_file_cat", "./sub/inner.yaml"),
        entry("self", "intake.catalog.local.YAMLFileCatalog", "{{ CATALOG_DIR }}/catalog.yml"),
        entry("data_as_file", "netcdf", "catalog.yml"),
    ));
    std::fs::create_dir(folder.path().join("sub")).unwrap();
    let inner = format!(
        "sources:\n{}{}",
        entry("climate", "netcdf", "../climate.nc"),
        entry("outer", "yaml_file", "../catalog.yml")
    );
    std::fs::write(folder.path().join("sub/inner.yaml"), inner).unwrap();
    let session = session();
    let opened = session.open(&path).unwrap();
    assert!(opened.variable("/inner/climate/tas").is_ok());
    let told: Vec<&String> = opened.info().warnings.iter().collect();
    assert!(told.iter().any(|w| w.starts_with("entry self: the catalogue is an entry of itself")), "{told:?}");
    assert!(told.iter().any(|w| w.starts_with("entry inner/outer: the catalogue is an entry of itself")), "{told:?}");
    assert!(told.iter().any(|w| w.starts_with("entry data_as_file: unknown content")), "{told:?}");
    let alone = session.open(&format!("{path}/inner/climate")).unwrap();
    assert_eq!(alone.info().format, "netcdf4");
    let part = session.open(&format!("{path}/inner")).unwrap();
    assert!(part.variable("/climate/tas").is_ok());
    let error = session.open(&format!("{path}/inner/climate/more")).err().unwrap().to_string();
    assert!(error.contains("climate is no catalogue"), "{error}");
    // A chain of catalogues ends somewhere.
    for i in 0..12 {
        let next = entry("next", "yaml_file_cat", &format!("{}.yml", i + 1));
        std::fs::write(folder.path().join(format!("{i}.yml")), format!("sources:\n{next}")).unwrap();
    }
    let deep = session.open(&folder.path().join("0.yml").to_string_lossy()).unwrap();
    assert!(deep.info().warnings.iter().any(|w| w.contains("nested deeper than 8")), "{:?}", deep.info().warnings);
}

#[test]
fn lists_and_patterns_are_joined_and_what_is_elsewhere_is_told() {
    let (_folder, path) = made(&format!(
        "{}  list:\n    driver: netcdf\n    args: {{urlpath: [climate.nc, './climate.nc']}}\n{}{}{}{}{}{}",
        entry("pattern", "netcdf", "cli*.nc"),
        entry("far", "zarr", "s3://bucket/a.zarr"),
        entry("server", "opendap", "https://example.org/x"),
        entry("named", "netcdf", "{{ CATALOG_DIR }}/{{ which }}.nc"),
        entry("from_names", "netcdf", "x_{year:04d}.nc"),
        "  bad: 3\n  none: {driver: netcdf}\n  nameless: {args: {urlpath: x}}\n",
        entry("'a/b'", "netcdf", "climate.nc"),
    ));
    let opened = session().open(&path).unwrap();
    assert!(opened.variable("/pattern/tas").is_ok() && opened.variable("/list/tas").is_ok());
    for (name, why) in [
        ("far", "s3://bucket/a.zarr: remote, not yet read"),
        ("server", "remote, not yet read"),
        ("named", "{{ which }} names no parameter"),
        ("from_names", "labels taken from names of files"),
        ("bad", "it is no mapping"),
        ("none", "it has no urlpath"),
        ("nameless", "it names no driver"),
        ("a/b", "holds a slash"),
    ] {
        let told = opened.info().warnings.iter().find(|w| w.starts_with(&format!("entry {name}: "))).unwrap();
        assert!(told.contains(why) && told.lines().count() == 1, "{told}");
    }
}

#[test]
fn what_is_no_catalogue_says_so() {
    let error = |text: &str| yaml::parse(text).unwrap_err().to_string();
    assert!(error("a: 1").contains("no Intake catalogue: it has no sources"));
    assert!(error("sources: [1]").contains("no mapping from names"));
    assert!(error("- 1").contains("it is no mapping"));
    assert!(error("version: 2\ndata: {}\nentries: {}").contains("version 2"));
    let told = error("sources:\n  a: {{ CATALOG_DIR }}/x.nc\n");
    assert!(told.contains("no YAML") && told.lines().count() == 1, "{told}");
    assert!(error("sources:\n  a: 1\n  a: 2\n").contains("no YAML"));
    assert!(yaml::parse("sources:\n").unwrap().entries.is_empty());
    let merged = yaml::parse("base: &b {driver: zarr}\nsources:\n  a:\n    <<: *b\n    args: {urlpath: x}\n").unwrap();
    assert_eq!(merged.entries[0].1.as_ref().unwrap().drivers, ["zarr"]);
    // Nine levels of nine: a billion texts if it were written out.
    let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned();
    for i in 1..9 {
        let list = vec![format!("*a{}", i - 1); 9].join(", ");
        writeln!(bomb, "a{i}: &a{i} [{list}]").unwrap();
    }
    let started = std::time::Instant::now();
    assert!(error(&format!("{bomb}sources: {{}}")).contains("no YAML"));
    assert!(started.elapsed().as_secs() < 10);
    assert!(error(&format!("sources: {}", "[".repeat(100_000))).contains("no YAML"));
    let folder = tempfile::tempdir().unwrap();
    let named = folder.path().join("settings.yml");
    std::fs::write(&named, "a: 1").unwrap();
    let opened = session().open(&named.to_string_lossy()).err().unwrap().to_string();
    assert!(opened.contains("has no sources") && opened.ends_with("settings.yml]"), "{opened}");
    assert!(find(&folder.path().join("u_?.nc").to_string_lossy()).is_none());
}

#[test]
fn damaged_catalogues_never_panic() {
    let whole = "metadata: {version: 1, parameters: {m: {default: a, type: str}}}\nsources:\n  a:\n    description: &d x\n    \
                 driver: netcdf\n    args:\n      urlpath: [\"{{ CATALOG_DIR }}/{{ m }}_{{ n }}.nc\", ./b.nc]\n    parameters:\n      \
                 n: {type: int, default: 3, min: 1, max: 9, allowed: [3, 4]}\n  b: {driver: yaml_file_cat, args: {path: x.yml}, \
                 description: *d}\n  c: {driver: zarr, args: {urlpath: 'reference://', storage_options: {fo: '{{ env(HOME) }}/r'}}}\n";
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("catalog.yml");
    std::fs::write(&path, whole).unwrap();
    assert!(matches!(tree::read(&path, &[], &[]).unwrap().what, Ok(tree::What::Entries(e)) if e.len() == 3));
    let mut seed = 7_u64;
    let mut next = |below: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(seed >> 33).unwrap() % below
    };
    let marks = b"{}[]:,&*!|>'\"%@`#-?\n\t 09az\xc3\x00\xff~<";
    let mut read = 0;
    for _ in 0..1500 {
        let mut bytes = whole.as_bytes().to_vec();
        for _ in 0..=next(4) {
            let at = next(bytes.len());
            match next(4) {
                0 => bytes[at] = marks[next(marks.len())],
                1 if bytes.len() > 1 => drop(bytes.remove(at)),
                2 => bytes.insert(at, marks[next(marks.len())]),
                _ => bytes.truncate(at.max(1)),
            }
        }
        std::fs::write(&path, &bytes).unwrap();
        read += usize::from(tree::read(&path, &[], &[]).is_ok());
    }
    assert!(read > 150, "most damage was fatal: {read}");
}
