//! Odd files (`fixtures/make_fixtures.py`), both tiers against each other, torn files.

mod decoding;
mod eos;
mod odder;
mod stranger;

use super::super::contract;
use super::*;
use crate::model::{AttrValue, DType, Data, Dim, ErrorKind, Span, Tier};
use std::path::PathBuf;
use tempfile::TempDir;

fn fixture(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src/formats/hdf5/fixtures").join(name)
}

fn odd() -> Arc<dyn Source> {
    super::super::open(&fixture("odd.h5")).unwrap()
}

fn all(source: &dyn Source, path: &str) -> Data {
    let variable = source.info().root.variable(path).unwrap_or_else(|| panic!("{path} is missing"));
    source.read(path, &Region::all(&variable.shape)).unwrap().into_data()
}

fn texts(source: &dyn Source, path: &str) -> Vec<String> {
    match all(source, path) {
        Data::Text(texts) => texts,
        other => panic!("{path} is {other:?}"),
    }
}

#[test]
fn numbers_of_every_kind_and_order() {
    let source = odd();
    assert_eq!(source.info().format, "hdf5");
    assert_eq!(all(&*source, "/numbers/half"), Data::F32(vec![1.5, -2.0, f32::INFINITY]));
    assert_eq!(all(&*source, "/numbers/big_half"), Data::F32(vec![0.5, 65504.0]));
    assert_eq!(all(&*source, "/numbers/big"), Data::I32(vec![1, -2, 300]));
    assert_eq!(all(&*source, "/numbers/bool"), Data::U8(vec![1, 0, 1]));
    assert_eq!(all(&*source, "/numbers/scalar"), Data::F32(vec![2.5]));
    assert_eq!(all(&*source, "/numbers/enum"), Data::I16(vec![1, 7, -1]));
    assert_eq!(all(&*source, "/numbers/compact"), Data::I64(vec![0, 1, 2, 3]));
    assert_eq!(all(&*source, "/numbers/twenty_bits"), Data::I32(vec![1, -5, 500_000]));
    let root = &source.info().root;
    let of = |path: &str| root.variable(path).map(|v| (v.dtype.to_string(), v.tier)).unwrap();
    assert_eq!(of("/numbers/half"), ("float16".into(), Tier::Direct));
    assert_eq!(of("/numbers/bool"), ("bool".into(), Tier::Direct));
    assert_eq!(of("/numbers/enum"), ("enum:int16".into(), Tier::Direct));
    assert_eq!(of("/numbers/compact"), ("int64".into(), Tier::Library));
    assert_eq!(of("/numbers/twenty_bits"), ("int32".into(), Tier::Library));
    let members = [("RED".to_owned(), -1), ("GREEN".to_owned(), 0), ("BLUE".to_owned(), 1)];
    let DType::Enum { members: found, .. } = &root.variable("/numbers/enum").unwrap().dtype else { panic!() };
    assert!(members.iter().all(|m| found.contains(m)) && found.len() == 3);
    assert_eq!(source.notices(), Vec::<String>::new(), "both tiers agree");
}

#[test]
fn chunks_in_every_state() {
    let source = odd();
    let counted: Vec<i32> = (0..77).collect();
    assert_eq!(all(&*source, "/chunked/all"), Data::I32(counted.clone()));
    assert_eq!(all(&*source, "/chunked/big"), Data::F64(counted.iter().map(|&n| f64::from(n)).collect()));
    let mut holes = vec![-9i16; 77];
    for (at, value) in [(4 * 11 + 5, 1), (4 * 11 + 6, 2), (5 * 11 + 5, 3), (5 * 11 + 6, 4)] {
        holes[at] = value;
    }
    assert_eq!(all(&*source, "/chunked/holes"), Data::I16(holes));
    assert_eq!(all(&*source, "/chunked/never"), Data::I16(vec![-9; 77]));
    assert_eq!(all(&*source, "/chunked/contiguous_never"), Data::F32(vec![1.5; 4]));
    assert_eq!(all(&*source, "/chunked/masked"), Data::I32(vec![1, 2, 3, 7, 8, 9]));
    assert_eq!(all(&*source, "/chunked/scaled"), Data::I32((0..20).collect()));
    assert_eq!(all(&*source, "/chunked/shrunk"), Data::U16(vec![0, 1, 2, 3, 4]));
    assert_eq!(all(&*source, "/chunked/empty"), Data::F64(vec![]));
    let root = &source.info().root;
    let of = |path: &str| root.variable(path).map(|v| (v.filters.join(" "), v.tier)).unwrap();
    assert_eq!(of("/chunked/all"), ("shuffle deflate:4 fletcher32".into(), Tier::Direct));
    assert_eq!(of("/chunked/scaled"), ("scaleoffset".into(), Tier::Library));
    assert_eq!(root.variable("/chunked/never").unwrap().fill_value, Some(AttrValue::Numbers(Data::I16(vec![-9]))));
    assert_eq!(root.variable("/chunked/all").unwrap().chunks, Some(vec![3, 4]));
    assert_eq!(all(&*source, "/chunked/lzf"), Data::I32((0..20).collect()));
    assert_eq!(source.notices(), Vec::<String>::new(), "both tiers agree");
}

#[test]
fn whatever_is_no_number_is_text() {
    let source = odd();
    let read = |path: &str| texts(&*source, path);
    assert_eq!(read("/texts/text"), ["Grüße"]);
    assert_eq!(read("/texts/texts"), ["one", "", "drei"]);
    assert_eq!(read("/texts/fixed"), ["ab", "cdef"]);
    assert_eq!(read("/texts/chars"), ["x", "", "z"]);
    assert_eq!(read("/texts/lists"), ["[1, -2]", "[]"]);
    assert_eq!(read("/texts/opaque"), ["01ff", "0010"]);
    assert_eq!(read("/texts/complex"), ["1-2j", "0.5+0j"]);
    assert_eq!(read("/texts/refs"), ["/numbers/half", ""]);
    assert_eq!(read("/texts/region"), ["/chunked/all"]);
    assert_eq!(read("/texts/records"), ["{id: 5, name: five, xy: [0.5, 1.5], on: TRUE}"]);
    assert_eq!(all(&*source, "/texts/nothing"), Data::I32(vec![]));
    let root = &source.info().root;
    let of = |name: &str| root.variable(&format!("/texts/{name}")).map(|v| v.dtype.to_string()).unwrap();
    let found = ["text", "chars", "lists", "opaque", "complex", "refs", "records"].map(of);
    assert_eq!(found, ["string", "char", "vlen:int16", "opaque:2", "complex64", "reference", "compound"]);
}

#[test]
fn attributes_of_every_kind() {
    let source = odd();
    let attrs = &source.info().root.attrs;
    assert_eq!(attrs.text("title"), Some("odd"));
    assert_eq!(attrs.text("fixed"), Some("fixed"));
    assert_eq!(attrs.get("list"), Some(&AttrValue::Texts(vec!["a".into(), "b".into()])));
    assert_eq!(attrs.get("truth"), Some(&AttrValue::Numbers(Data::U8(vec![1]))));
    assert_eq!(attrs.get("empty"), Some(&AttrValue::Numbers(Data::F64(vec![]))));
    assert_eq!(attrs.text("pair"), Some("{n: 1, x: 2.5}"));
    assert_eq!(attrs.text("NAME"), Some("the author's own"));
    assert_eq!(attrs.text("self"), Some("/"));
}

#[test]
fn links_that_lead_nowhere_or_around_are_told_and_not_followed() {
    let source = odd();
    let info = source.info();
    let links = info.root.group("/links").unwrap();
    assert!(links.groups.is_empty());
    let names: Vec<&str> = links.variables.iter().map(|v| v.name.as_str()).collect();
    assert_eq!(names, ["soft"]);
    assert_eq!(all(&*source, "/links/soft"), all(&*source, "/numbers/half"));
    for (link, word) in [
        ("/links/dangling", "/nowhere"),
        ("/links/external", "other.h5:/there"),
        ("/links/up", "same object as /"),
        ("/links/itself", "same object as /links"),
    ] {
        let told = info.warnings.iter().any(|w| w.starts_with(&format!("{link} ")) && w.contains(word));
        assert!(told, "{link}: {:?}", info.warnings);
    }
}

#[test]
fn links_into_files_of_the_same_folder_are_followed() {
    let outer = TempDir::new().unwrap();
    let folder = outer.path().join("in");
    std::fs::create_dir_all(folder.join("below")).unwrap();
    let create = |path: &Path, first: i32| {
        let file = hdf5::File::create(path).unwrap();
        let group = file.create_group("g").unwrap();
        // Both files are of one structure, so that their objects have the same addresses.
        group.new_dataset::<i32>().shape([8]).chunk([3]).create("v").unwrap().write(&[first; 8]).unwrap();
        file
    };
    let main = create(&folder.join("main.h5"), 1);
    let other = create(&folder.join("below/other.h5"), 2);
    drop(create(&outer.path().join("outside.h5"), 3));
    other.link_external("../main.h5", "/", "back").unwrap();
    for (file, object, name) in [
        ("below/other.h5", "/g/v", "one"),
        ("below/other.h5", "/", "all"),
        ("below/other.h5", "/nothing", "empty"),
        ("/elsewhere/lost.h5", "/", "lost"),
        ("../outside.h5", "/", "outside"),
    ] {
        main.link_external(file, object, name).unwrap();
    }
    drop((main, other));
    let source = super::super::open(&folder.join("main.h5")).unwrap();
    let info = source.info();
    let value = |path: &str| source.read(path, &Region::all(&[8])).map(|b| b.data().to_f64()[7]);
    assert_eq!((value("/g/v").unwrap(), value("/all/g/v").unwrap()), (1.0, 2.0));
    assert_eq!(info.root.variable("/all/g/v").unwrap().tier, Tier::Direct);
    let told = |link: &str, word: &str| {
        assert!(info.warnings.iter().any(|w| w.starts_with(link) && w.contains(word)), "{link}: {:?}", info.warnings);
    };
    told("/all/back", "same object as /");
    assert_eq!(value("/one").unwrap(), 2.0);
    told("/empty", "not there");
    told("/lost", "not there");
    told("/outside", "outside the folder");
}

#[test]
fn scales_name_dimensions_and_phony_ones_the_rest() {
    let source = odd();
    let root = &source.info().root;
    let v = root.variable("/scales/v").unwrap();
    assert_eq!(v.dims[0], "x");
    assert!(v.dims[1].starts_with("phony_dim_"), "{:?}", v.dims);
    let scales = root.group("/scales").unwrap();
    assert_eq!(scales.dims[0], Dim { name: "x".into(), size: 3, unlimited: false });
    assert!(scales.dims.iter().any(|d| d.name == v.dims[1] && d.size == 2));
    // The scale stands in a group that is no parent: the dimension is told again where it is used.
    assert_eq!(root.variable("/far/w").unwrap().dims, ["x"]);
    assert_eq!(root.group("/far").unwrap().dims.len(), 1);
}

#[test]
fn dimensions_of_netcdf_grow_and_hide_their_bookkeeping() {
    let source = super::super::open(&fixture("grown.nc")).unwrap();
    let root = &source.info().root;
    assert_eq!(source.info().format, "netcdf4");
    let dim = |name: &str, size, unlimited| Dim { name: name.into(), size, unlimited };
    assert_eq!(root.dims, [dim("time", 4, true), dim("len", 3, false), dim("x", 2, false), dim("only", 5, false)]);
    let names: Vec<&str> = root.variables.iter().map(|v| v.name.as_str()).collect();
    assert_eq!(names, ["b", "short", "never", "x", "only"], "as written, dimensions without values left out");
    assert_eq!(root.variable("/short").unwrap().shape, [4]);
    assert_eq!(all(&*source, "/short"), Data::I16(vec![1, 2, -5, -5]));
    let part = source.read("/short", &Region(vec![Span::new(1, 2)])).unwrap();
    assert_eq!(part.data(), &Data::I16(vec![2, -5]));
    assert_eq!(all(&*source, "/never"), Data::F64(vec![9.969_209_968_386_869e36; 8]));
    assert_eq!(root.variable("/x").unwrap().dims, ["x", "len"]);
    assert_eq!(texts(&*source, "/x"), ["a", "b", "c", "d", "", ""]);
    assert_eq!(root.variable("/only").unwrap().dims, ["x"]);
    assert_eq!(all(&*source, "/only"), Data::I32(vec![1, 2]));
    assert_eq!(root.variable("/g/a").unwrap().dims, ["time", "y"]);
    let names: Vec<&str> = root.attrs.iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["note", "strings"]);
    assert_eq!(root.variable("/b").unwrap().attrs.0.len(), 0);
    contract::check(&*source);
}

#[test]
fn odd_files_keep_the_contract_in_both_tiers() {
    for direct in [true, false] {
        let bytes = std::fs::read(fixture("odd.h5")).unwrap();
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("without_lzf.h5");
        std::fs::write(&path, bytes).unwrap();
        // The suite reads every variable: the one that this build cannot read goes.
        hdf5::File::open_rw(&path).unwrap().unlink("chunked/lzf").unwrap();
        let source = open(&path, &Options { direct }).unwrap();
        contract::check(&*source);
        assert_eq!(source.notices(), Vec::<String>::new());
    }
}

#[test]
fn both_tiers_give_the_same_bits_on_every_sample() {
    let Some(folder) = contract::samples() else { return };
    let (mut compared, mut filtered) = (0, 0);
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if !detect(&path) {
            continue;
        }
        let direct = open(&path, &Options { direct: true }).unwrap();
        let library = open(&path, &Options { direct: false }).unwrap();
        for group in direct.info().root.walk() {
            for variable in group.variables.iter().filter(|v| v.tier == Tier::Direct) {
                assert_eq!(library.info().root.variable(&variable.path).unwrap().tier, Tier::Library);
                let region = Region::all(&variable.shape);
                let at = format!("{} of {}", variable.path, path.display());
                let ours = direct.read(&variable.path, &region).unwrap();
                contract::assert_same(&ours, &library.read(&variable.path, &region).unwrap(), &at);
                compared += 1;
                filtered += usize::from(!variable.filters.is_empty());
            }
        }
        assert_eq!(direct.notices(), Vec::<String>::new(), "{}", path.display());
    }
    assert!(compared > 200 && filtered > 15, "{compared} variables, {filtered} of them filtered");
}

#[test]
fn a_variable_whose_bytes_mislead_is_left_to_the_library() {
    // A file of the same structure with other values behind: what is read directly differs from what the library reads.
    let folder = TempDir::new().unwrap();
    let (true_path, false_path) = (folder.path().join("a.h5"), folder.path().join("b.h5"));
    for (path, first) in [(&true_path, 1), (&false_path, 2)] {
        let file = hdf5::File::create(path).unwrap();
        file.new_dataset::<i32>().shape([8]).chunk([7]).create("v").unwrap().write(&[first; 8]).unwrap();
    }
    let file = File::open(&true_path).unwrap();
    let bytes = RandomFile::open(&false_path).unwrap();
    let mut found = tree::walk(&file, &true_path, &Guard::new(&probe::Avoid::default())).unwrap();
    let dims = Dims::of(&found.root, &[]);
    let dataset = found.root.datasets.remove(0);
    let named = dims.of_dataset("/", &dataset);
    let (meta, variable) = Variable::new(dataset, named, true).unwrap();
    assert_eq!(meta.tier, Tier::Direct);
    let told = Mutex::new(Vec::new());
    let read = || variable.read(&file, &bytes, &Region::all(&[8]), &|n| told.lock().push(n)).unwrap();
    assert_eq!(read().data(), &Data::I32(vec![1; 8]));
    assert_eq!(read().data(), &Data::I32(vec![1; 8]));
    let told = told.into_inner();
    assert!(told.len() == 1 && told[0].contains("/v") && told[0].contains("differ"), "{told:?}");
}

#[test]
fn a_damaged_chunk_is_one_clear_error_and_the_others_still_read() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("damaged.h5");
    let address = {
        let file = hdf5::File::create(&path).unwrap();
        let values: Vec<i32> = (0..4000).map(|n| n * n).collect();
        let v = file.new_dataset::<i32>().shape([4000]).chunk([1000]).deflate(4).create("v").unwrap();
        v.write(&values).unwrap();
        v.chunk_info(2).unwrap().addr
    };
    let mut bytes = std::fs::read(&path).unwrap();
    let at = usize::try_from(address).unwrap();
    bytes[at + 40..at + 80].fill(0xff);
    std::fs::write(&path, bytes).unwrap();
    let source = open(&path, &Options::default()).unwrap();
    assert_eq!(source.read("/v", &Region(vec![Span::new(3, 1)])).unwrap().data(), &Data::I32(vec![9]));
    let error = source.read("/v", &Region(vec![Span::new(1500, 1000)])).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Corrupt);
    let text = error.to_string();
    assert!(text.contains("/v") && text.contains("[2000]") && text.contains("damaged.h5"), "{text}");
    assert_eq!(
        source.read("/v", &Region(vec![Span::new(3000, 2)])).unwrap().data(),
        &Data::I32(vec![9_000_000, 9_006_001])
    );
    // The damaged chunk comes first: neither tier can read it, and that is no reason to give up the direct one.
    let source = open(&path, &Options::default()).unwrap();
    assert!(source.read("/v", &Region::all(&[4000])).is_err());
    assert!(source.read("/v", &Region(vec![Span::new(2000, 2)])).is_err());
    assert_eq!(source.read("/v", &Region(vec![Span::new(0, 2)])).unwrap().data(), &Data::I32(vec![0, 1]));
    assert!(source.notices().is_empty());
}

#[test]
fn cut_files_are_one_line_errors() {
    let folder = TempDir::new().unwrap();
    let mut files = vec![fixture("odd.h5"), fixture("grown.nc")];
    files.extend(contract::sample("air_temperature_subset.nc"));
    files.extend(contract::sample("tasmax_CanESM2_365day.nc"));
    for file in files {
        let bytes = std::fs::read(&file).unwrap();
        for part in [1, 3, 5, 7, 9] {
            let path = folder.path().join("cut.h5");
            std::fs::write(&path, &bytes[..bytes.len() * part / 10]).unwrap();
            let error = super::super::open(&path).map(|_| ()).unwrap_err();
            let text = error.to_string();
            assert_eq!(error.kind(), ErrorKind::Corrupt, "{text}");
            assert!(text.contains("truncated") && text.contains("cut.h5") && !text.contains('\n'), "{text}");
        }
        std::fs::write(folder.path().join("stub.h5"), &bytes[..600.min(bytes.len())]).unwrap();
        assert!(super::super::open(&folder.path().join("stub.h5")).is_err());
    }
}

#[test]
fn what_is_no_data_file_is_named_with_what_was_expected() {
    let folder = TempDir::new().unwrap();
    let path = |name: &str| folder.path().join(name);
    std::fs::write(path("empty.nc"), b"").unwrap();
    std::fs::write(path("text.nc"), b"hello, world").unwrap();
    for (name, kind, words) in [
        ("missing.nc", ErrorKind::NotFound, "No such file"),
        ("empty.nc", ErrorKind::Corrupt, "empty"),
        ("text.nc", ErrorKind::Unsupported, "expected NetCDF"),
        ("", ErrorKind::Unsupported, "no Zarr store"),
    ] {
        let error = super::super::open(&path(name)).map(|_| ()).unwrap_err();
        let text = error.to_string();
        assert_eq!(error.kind(), kind, "{text}");
        assert!(text.contains(words) && text.contains(&*path(name).to_string_lossy()), "{text}");
    }
}

#[test]
fn many_threads_read_at_once() {
    let Some(path) = contract::sample("tasmax_CanESM2_365day.nc") else { return };
    let source = open(&path, &Options::default()).unwrap();
    let whole = all(&*source, "/time_vectors");
    let source = open(&path, &Options::default()).unwrap();
    let shape = source.info().root.variable("/time_vectors").unwrap().shape.clone();
    std::thread::scope(|scope| {
        let read = || source.read("/time_vectors", &Region::all(&shape)).unwrap().into_data();
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(read)).collect();
        for thread in threads {
            assert_eq!(thread.join().unwrap(), whole);
        }
    });
}

#[test]
fn a_file_that_another_program_has_locked_is_opened() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("locked.h5");
    let file = hdf5::File::create(&path).unwrap();
    file.new_dataset::<i32>().shape([2]).create("v").unwrap().write(&[1, 2]).unwrap();
    drop(file);
    let holder = std::fs::File::open(&path).unwrap();
    holder.lock().unwrap();
    let source = open(&path, &Options::default()).unwrap();
    assert_eq!(all(&*source, "/v"), Data::I32(vec![1, 2]));
    holder.unlock().unwrap();
}

#[test]
fn a_filter_that_the_library_lacks_is_undone_here() {
    let source = super::super::open(&fixture("zstd.nc")).unwrap();
    let variable = source.info().root.variable("/v").unwrap();
    assert_eq!((variable.filters.join(" "), variable.tier), ("zstd:3".into(), Tier::Direct));
    assert_eq!(all(&*source, "/v"), Data::I32((0..1000).map(|n| n * n).collect()));
    contract::check(&*source);
    let library = open(&fixture("zstd.nc"), &Options { direct: false }).unwrap();
    let error = library.read("/v", &Region::all(&[1000])).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported, "{error}");
}

#[test]
fn a_nexus_file_has_its_datasets_under_every_name() {
    let Some(path) = contract::sample("nexus_p45-1168.nxs") else { return };
    let source = open(&path, &Options::default()).unwrap();
    let root = &source.info().root;
    let (groups, datasets) = (root.walk().count() - 1, root.walk().map(|g| g.variables.len()).sum::<usize>());
    assert_eq!((groups, datasets), (11, 27));
    let Data::I32(keys) = all(&*source, "/entry/solstice_scan/keys/uniqueKeys") else { panic!() };
    assert_eq!((keys.iter().sum::<i32>(), keys.iter().min(), keys.iter().max()), (325, Some(&1), Some(&25)));
    let told = |what: &str| source.info().warnings.iter().filter(|w| w.contains(what)).count();
    assert_eq!((told("another file"), told("same object")), (6, 0), "{:?}", source.info().warnings);
}
