//! The TIFF reader against what tifffile writes and reads, the sample data, and damage.

mod gdal;

use super::super::contract::{self, assert_same, run_python};
use super::{detect, open, open_stack};
use crate::model::{AttrValue, Block, DType, Data, ErrorKind, Region, Source, Span};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Writes files of every kind into a folder and, beside each, its values as plain little-endian bytes; prints what
/// stands in each.
const WRITE: &str = r#"
import sys, json, numpy as np
try:
    import tifffile, imagecodecs
except ImportError as error:
    print(error, file=sys.stderr); sys.exit(77)
out = sys.argv[1]
rng = np.random.default_rng(3)
told = {}
def values(dtype, shape):
    dtype = np.dtype(dtype)
    if dtype.kind in "iu":
        i = np.iinfo(dtype); return rng.integers(i.min, i.max, shape, dtype=dtype, endpoint=True)
    return rng.normal(size=shape).astype(dtype)
def smooth(dtype, shape):
    return (np.indices(shape).sum(0) * 3 % 120).astype(dtype)
def put(name, a, dims, var="image", **kw):
    path = f"{out}/{name}.tif"
    tifffile.imwrite(path, a, **kw)
    keep(name, a, dims, var)
def keep(name, a, dims, var="image"):
    np.ascontiguousarray(a).astype(a.dtype.newbyteorder("<")).tofile(f"{out}/{name}.bin")
    told[name] = {"shape": list(a.shape), "dims": dims, "dtype": a.dtype.name, "var": var}
for dtype in ["u1", "u2", "u4", "u8", "i1", "i2", "i4", "i8", "f2", "f4", "f8"]:
    for order in "<>":
        put(f"{dtype}{'l' if order == '<' else 'b'}", values(dtype, (37, 53)), ["y", "x"], byteorder=order, photometric="minisblack", rowsperstrip=5)
for codec in ["zlib", "adobe_deflate", "lzw", "packbits", "zstd"]:
    for predictor in [False, True]:
        if predictor and codec == "packbits": continue
        put(f"{codec}{int(predictor)}", smooth("u2", (3, 70, 45)), ["page", "y", "x"], compression=codec, predictor=predictor, photometric="minisblack", rowsperstrip=8)
put("float_predictor", rng.normal(size=(40, 33)).astype("f4"), ["y", "x"], compression="zlib", predictor=3, tile=(16, 16))
put("float_predictor_big", rng.normal(size=(40, 33)).astype("f8"), ["y", "x"], compression="zlib", predictor=3, byteorder=">")
put("predictor_big", smooth("i4", (40, 33)), ["y", "x"], compression="zlib", predictor=2, byteorder=">", photometric="minisblack")
put("tiled", values("i2", (2, 100, 75)), ["page", "y", "x"], tile=(32, 48), photometric="minisblack")
put("rgb", values("u1", (31, 29, 3)), ["y", "x", "band"], photometric="rgb", compression="lzw", predictor=True)
put("rgb_tiled", values("u1", (4, 31, 29, 3)), ["page", "y", "x", "band"], photometric="rgb", tile=(16, 16))
put("planar", values("u2", (3, 31, 29)), ["band", "y", "x"], photometric="rgb", planarconfig="separate", rowsperstrip=4)
put("planar_tiled", values("f4", (5, 40, 29)), ["band", "y", "x"], photometric="minisblack", planarconfig="separate", tile=(16, 16), compression="zlib")
for dtype in "u1", "u2":
    put(f"png_{dtype}", smooth(dtype, (40, 33)), ["y", "x"], compression="png", photometric="minisblack", rowsperstrip=7)
put("png_rgb", values("u1", (31, 29, 3)), ["y", "x", "band"], photometric="rgb", compression="png", tile=(16, 16))
opaque = values("u1", (33, 20, 4)); opaque[..., 3] = 255
for name, a in ("webp", values("u1", (33, 20, 3))), ("webp_alpha", values("u1", (33, 20, 4))), ("webp_opaque", opaque):
    extra = {"extrasamples": ["unassalpha"]} if a.shape[2] == 4 else {}
    put(name, a, ["y", "x", "band"], photometric="rgb", compression="webp", compressionargs={"level": 100, "lossless": True}, tile=(16, 16), **extra)
for dtype in "u1", "i1", "u2", "i2":
    for order in "<>":
        put(f"jpeg2000_{dtype}{'l' if order == '<' else 'b'}", values(dtype, (2, 70, 45)), ["page", "y", "x"], compression="jpeg2000", photometric="minisblack", tile=(32, 48), byteorder=order)
        # What is written in the other order is not what was given: tifffile turns the bytes before it compresses.
        if order == ">": keep(f"jpeg2000_{dtype}b", tifffile.imread(f"{out}/jpeg2000_{dtype}b.tif"), ["page", "y", "x"])
put("jpeg2000_strips", smooth("u2", (70, 45)), ["y", "x"], compression="jpeg2000", photometric="minisblack", rowsperstrip=32)
put("jpeg2000_rgb", values("u1", (70, 45, 3)), ["y", "x", "band"], compression="jpeg2000", photometric="rgb", tile=(32, 32))
put("jpeg2000_rgb16", values("u2", (70, 45, 3)), ["y", "x", "band"], compression="jpeg2000", photometric="rgb", tile=(32, 32))
put("jpeg2000_rgba", values("u1", (70, 45, 4)), ["y", "x", "band"], compression="jpeg2000", photometric="rgb", extrasamples=["unassalpha"], rowsperstrip=70)
put("jpeg2000_planes", values("i2", (3, 70, 45)), ["band", "y", "x"], compression="jpeg2000", photometric="minisblack", planarconfig="separate", tile=(32, 32))
for number in 33003, 33004, 33005: put(f"jpeg2000_{number}", values("u1", (40, 45, 3)), ["y", "x", "band"], compression=number, photometric="rgb", tile=(32, 32))
for dtype in "u1", "i1", "u2", "i2", "u4", "i4", "f4", "f8":
    for version in 4, 6:
        for name, a in ("smooth", smooth(dtype, (70, 45))), ("noise", values(dtype, (70, 45))):
            put(f"lerc_{dtype}_{version}_{name}", a, ["y", "x"], compression="lerc", compressionargs={"version": version}, photometric="minisblack", tile=(32, 48))
        put(f"lerc_{dtype}_{version}_rgb", smooth(dtype, (3, 40, 33)).transpose(1, 2, 0), ["y", "x", "band"], compression="lerc", compressionargs={"version": version}, photometric="rgb", rowsperstrip=13)
for version in 2, 3:
    put(f"lerc_{version}", smooth("u2", (70, 45)), ["y", "x"], compression="lerc", compressionargs={"version": version}, photometric="minisblack")
put("big", values("f4", (4, 21, 17)), ["page", "y", "x"], bigtiff=True, photometric="minisblack")
put("contiguous", values("u2", (6, 21, 17)), ["page", "y", "x"], photometric="minisblack", truncate=True)
put("shaped", values("u2", (2, 3, 21, 17)), ["t", "c", "y", "x"], photometric="minisblack", metadata={"axes": "TCYX"})
put("imagej", values("u2", (2, 5, 3, 21, 17)), ["t", "z", "c", "y", "x"], imagej=True, metadata={"axes": "TZCYX"}, photometric="minisblack")
put("ome", values("u1", (2, 4, 21, 17)), ["t", "z", "y", "x"], ome=True, metadata={"axes": "TZYX"}, photometric="minisblack")
put("volume", values("u1", (5, 40, 50)), ["z", "y", "x"], volumetric=True, tile=(2, 16, 16), photometric="minisblack")
put("volumes", values("u2", (2, 5, 40, 50)), ["page", "z", "y", "x"], volumetric=True, tile=(2, 16, 16), photometric="minisblack", compression="zlib", predictor=True)
put("volume_rgb", values("u1", (3, 40, 50, 3)), ["z", "y", "x", "band"], volumetric=True, tile=(2, 16, 16), photometric="rgb")
def pyramid(name, a, dims, halves, **kw):
    # Each level in a file of its own name, all alike.
    for level in range(3):
        with tifffile.TiffWriter(f"{out}/{name}_{level}.tif", ome="ome" in name, bigtiff="big" in name, byteorder=">" if "big" in name else "<") as t:
            how = dict(photometric="rgb" if "rgb" in name else "minisblack", tile=(16, 16), compression="zlib")
            t.write(a, subifds=2, **how, **kw)
            for part in halves: t.write(part, subfiletype=1, **how)
        with tifffile.TiffFile(f"{out}/{name}_{level}.tif") as t: read = t.series[0].levels[level].asarray()
        assert (read == [a, *halves][level]).all()
        keep(f"{name}_{level}", read, [d + (f"_{level}" if level and d in "yx" else "") for d in dims], ["image", "overview", "overview_1"][level])
cube = values("u2", (2, 3, 72, 96))
pyramid("pyramid_ome", cube, ["t", "c", "y", "x"], [cube[..., ::2, ::2], cube[..., ::4, ::4]], metadata={"axes": "TCYX"})
pyramid("pyramid_big", cube[0], ["page", "y", "x"], [cube[0, :, ::2, ::2], cube[0, :, ::4, ::4]])
color = values("u1", (72, 96, 3))
pyramid("pyramid_rgb", color, ["y", "x", "band"], [color[::2, ::2], color[::4, ::4]])
with tifffile.TiffWriter(f"{out}/two_series.tif") as t:
    cube = values("u1", (3, 11, 13)); t.write(cube, photometric="minisblack"); t.write(cube + 1, photometric="minisblack")
keep("two_series", cube + 1, ["page", "y", "x"], "image_1")
with tifffile.TiffWriter(f"{out}/frames.tif") as t:
    for frame in cube: t.write(frame, photometric="minisblack")
keep("frames", cube, ["page", "y", "x"])
a = (rng.random((19, 27)) > 0.5)
tifffile.imwrite(f"{out}/bilevel.tif", a, photometric="minisblack"); keep("bilevel", a.astype("u1"), ["y", "x"])
tifffile.imwrite(f"{out}/two_kinds.tif", values("u1", (7, 9)), photometric="minisblack")
second = values("f4", (5, 6)); tifffile.imwrite(f"{out}/two_kinds.tif", second, append=True, photometric="minisblack")
keep("two_kinds", second, ["y_1", "x_1"], "image_1")
a = rng.integers(0, 4096, (11, 14)).astype("u2")
packed = np.zeros((11, 21), "u1")
for r in range(11):
    bits = "".join(f"{v:012b}" for v in a[r]); packed[r] = [int(bits[i:i + 8], 2) for i in range(0, 168, 8)]
tifffile.imwrite(f"{out}/twelve.tif", packed, photometric="minisblack", metadata=None)
with tifffile.TiffFile(f"{out}/twelve.tif", mode="r+b") as t:
    t.pages[0].tags["BitsPerSample"].overwrite(12); t.pages[0].tags["ImageWidth"].overwrite(14)
keep("twelve", a, ["y", "x"])
print(json.dumps(told))
"#;

#[test]
fn what_tifffile_writes_is_read_bit_by_bit() {
    let folder = tempfile::tempdir().unwrap();
    let Some(told) = run_python(WRITE, &[folder.path()]) else { return };
    let told: Value = serde_json::from_str(&told).unwrap();
    for (name, wanted) in told.as_object().unwrap() {
        let path = folder.path().join(format!("{name}.tif"));
        assert!(detect(&path), "{name}");
        let source = open(&path).unwrap();
        contract::check(&*source);
        let info = source.info();
        assert_eq!(info.warnings, Vec::<String>::new(), "{name}");
        let meta = info.root.variable(wanted["var"].as_str().unwrap()).unwrap();
        assert_eq!(Value::from(meta.shape.clone()), wanted["shape"], "shape of {name}");
        assert_eq!(Value::from(meta.dims.clone()), wanted["dims"], "dims of {name}");
        assert_eq!(meta.dtype.to_string(), wanted["dtype"].as_str().unwrap(), "dtype of {name}");
        let bytes = std::fs::read(folder.path().join(format!("{name}.bin"))).unwrap();
        let plain = super::super::plain::Plain::new(meta.dtype.clone(), false).unwrap();
        let mut data = plain.plane(meta.cells()).unwrap();
        super::bytes_mut(&mut data).copy_from_slice(&bytes);
        let expected = Block::new(meta.shape.clone(), plain.finish(data)).unwrap();
        assert_same(&source.read(&meta.path, &Region::all(&meta.shape)).unwrap(), &expected, name);
    }
}

const OTHERS: &str = r#"
import sys, numpy as np
try:
    import tifffile, imagecodecs
except ImportError as error:
    print(error, file=sys.stderr); sys.exit(77)
out = sys.argv[1]
a = np.arange(24 * 32, dtype="u1").reshape(24, 32)
tifffile.imwrite(f"{out}/jpegxr.tif", a, compression="jpegxr")
tifffile.imwrite(f"{out}/two.tif", a, compression="jpegxr")
tifffile.imwrite(f"{out}/two.tif", a, append=True)
tifffile.imwrite(f"{out}/jpeg.tif", a.astype("u2") * 9, compression="jpeg")
tifffile.imwrite(f"{out}/deep.tif", a.astype("u4") << 20, compression="jpeg2000", photometric="minisblack")
for dtype in "c8", "c16":
    for order in "<>":
        z = np.array([[1.5 - 2j, 3 + 0.25j], [-1, 5j]], dtype)
        tifffile.imwrite(f"{out}/{dtype}{'l' if order == '<' else 'b'}.tif", z, byteorder=order, compression="zlib" if order == ">" else None)
for dtype in "i2", "i4":
    # Two integers a pixel, which the tags then call the parts of one number, as GDAL does.
    z = np.array([[1, -2, 3, 4], [-5, 6, 7, -8]], dtype)
    tifffile.imwrite(f"{out}/{dtype}.tif", z, photometric="minisblack", metadata=None)
    with tifffile.TiffFile(f"{out}/{dtype}.tif", mode="r+b") as t:
        tags = t.pages[0].tags
        for name, value in ("ImageWidth", 2), ("BitsPerSample", 16 * z.itemsize), ("SampleFormat", 5): tags[name].overwrite(value)
for fill in -2**63, 2**63 - 1:
    tifffile.imwrite(f"{out}/fill{fill}.tif", np.array([[fill, fill + 1 if fill < 0 else fill - 1]], "i8"), photometric="minisblack", extratags=[(42113, 2, 0, str(fill), True)])
"#;

#[test]
fn fills_of_64_bits_are_those_that_were_written() {
    let folder = tempfile::tempdir().unwrap();
    if run_python(OTHERS, &[folder.path()]).is_none() {
        return;
    }
    for fill in [i64::MIN, i64::MAX] {
        let source = open(&folder.path().join(format!("fill{fill}.tif"))).unwrap();
        let wanted = Some(AttrValue::Numbers(Data::I64(vec![fill])));
        let image = source.info().root.variable("/image").unwrap();
        assert_eq!((&image.fill_value, image.attrs.get("_FillValue")), (&wanted, wanted.as_ref()));
    }
    let typed = super::typed;
    let of = |v| Some(AttrValue::Numbers(v));
    assert_eq!(typed(&DType::U8, "255.0"), of(Data::U8(vec![255])));
    assert_eq!(typed(&DType::U64, "18446744073709551615"), of(Data::U64(vec![u64::MAX])));
    assert_eq!(typed(&DType::F32, "-9999"), of(Data::F32(vec![-9999.0])));
    assert_eq!(typed(&DType::F64, "1e20"), of(Data::F64(vec![1e20])));
    for (dtype, text) in [(DType::U8, "-9999"), (DType::I16, "0.5"), (DType::I64, "nan"), (DType::U8, "none")] {
        assert_eq!(typed(&dtype, text), None, "{text}");
    }
}

#[test]
fn complex_pixels_are_shown_and_codecs_that_are_not_known_are_named() {
    let folder = tempfile::tempdir().unwrap();
    if run_python(OTHERS, &[folder.path()]).is_none() {
        return;
    }
    for (name, dtype) in [("c8l", "complex64"), ("c8b", "complex64"), ("c16l", "complex128"), ("c16b", "complex128")] {
        let source = open(&folder.path().join(format!("{name}.tif"))).unwrap();
        assert_eq!(source.info().root.variable("image").unwrap().dtype.to_string(), dtype);
        let read = source.read("image", &Region::all(&[2, 2])).unwrap().into_data();
        let wanted = ["1.5-2j", "3+0.25j", "-1+0j", "0+5j"].map(str::to_owned).to_vec();
        assert_eq!(read, Data::Text(wanted), "{name}");
        let part = |of: &str| source.read(&format!("/image.{of}"), &Region::all(&[2, 2])).unwrap().into_data().to_f64();
        assert_eq!((part("real"), part("imag")), (vec![1.5, 3.0, -1.0, 0.0], vec![-2.0, 0.25, 0.0, 5.0]), "{name}");
        let names: Vec<String> = source.fields("/image").into_iter().map(|m| m.name).collect();
        assert_eq!(names, ["real", "imag"]);
        assert!(source.read("/image.x", &Region::all(&[2, 2])).is_err_and(|e| e.kind() == ErrorKind::NotFound));
    }
    for (name, part) in [("i2", DType::F32), ("i4", DType::F64)] {
        let source = open(&folder.path().join(format!("{name}.tif"))).unwrap();
        assert_eq!(source.info().warnings, Vec::<String>::new());
        assert_eq!(source.fields("/image")[0].dtype, part);
        let read = source.read("/image", &Region::all(&[2, 2])).unwrap().into_data();
        assert_eq!(read, Data::Text(["1-2j", "3+4j", "-5+6j", "7-8j"].map(str::to_owned).to_vec()));
        let second = Region(vec![Span::new(1, 1), Span::new(0, 2)]);
        assert_eq!(source.read("/image.imag", &second).unwrap().into_data().to_f64(), [6.0, -8.0]);
    }
    // Beside a page that cannot be decoded the others are read.
    let source = open(&folder.path().join("two.tif")).unwrap();
    assert_eq!(source.info().root.variables.len(), 2);
    assert!(source.readable("/image").is_err() && source.readable("/image_1").is_ok());
    assert_eq!(source.read("/image_1", &Region::all(&[24, 32])).unwrap().into_data().to_f64()[33], 33.0);
    for (name, said) in [("jpegxr", "compressed by jpegxr"), ("jpeg", "bits in JPEG"), ("deep", "values of 26 bits")] {
        let source = open(&folder.path().join(format!("{name}.tif"))).unwrap();
        let error = source.read("image", &Region::all(&[24, 32])).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unsupported, "{error}");
        assert!(error.to_string().contains(said), "{error}");
    }
}

const PLACED: &str = r#"
import sys, numpy as np
try:
    import tifffile
except ImportError as error:
    print(error, file=sys.stderr); sys.exit(77)
a = np.arange(12, dtype="i2").reshape(3, 4)
keys = (1, 1, 0, 3, 1024, 0, 1, 1, 1025, 0, 1, 1, 3072, 0, 1, 32633)
tifffile.imwrite(sys.argv[1] + "/utm.tif", a, metadata=None, extratags=[
    (33550, "d", 3, (10.0, 20.0, 0.0)), (33922, "d", 6, (0, 0, 0, 500000.0, 5200000.0, 0)),
    (34735, "H", len(keys), keys), (42113, "s", 0, "-9999"),
    (42112, "s", 0, '<GDALMetadata><Item name="s" sample="0" role="scale">0.5</Item></GDALMetadata>')])
keys = (1, 1, 0, 3, 1024, 0, 1, 2, 1025, 0, 1, 2, 2048, 0, 1, 4326)
tifffile.imwrite(sys.argv[1] + "/lonlat.tif", a.astype("f4"), metadata=None, extratags=[
    (33550, "d", 3, (0.5, 0.25, 0.0)), (33922, "d", 6, (0, 0, 0, -10.0, 50.0, 0)), (34735, "H", len(keys), keys)])
"#;

#[test]
fn pixels_that_lie_on_earth_get_coordinates_and_a_mapping() {
    let folder = tempfile::tempdir().unwrap();
    if run_python(PLACED, &[folder.path()]).is_none() {
        return;
    }
    let source = open(&folder.path().join("utm.tif")).unwrap();
    contract::check(&*source);
    let labels =
        |source: &Arc<dyn Source>, name: &str, n: usize| source.read(name, &Region::all(&[n])).unwrap().into_data();
    assert_eq!(labels(&source, "x", 4), Data::F64(vec![500_005.0, 500_015.0, 500_025.0, 500_035.0]));
    assert_eq!(labels(&source, "y", 3), Data::F64(vec![5_199_990.0, 5_199_970.0, 5_199_950.0]));
    let root = &source.info().root;
    let image = root.variable("image").unwrap();
    assert_eq!(image.attrs.text("grid_mapping"), Some("spatial_ref"));
    assert_eq!(image.attrs.get("_FillValue"), Some(&AttrValue::Numbers(Data::I16(vec![-9999]))));
    assert_eq!(image.attrs.number("scale_factor"), Some(0.5));
    assert_eq!(root.variable("spatial_ref").unwrap().attrs.text("epsg_code"), Some("EPSG:32633"));
    let source = open(&folder.path().join("lonlat.tif")).unwrap();
    assert_eq!(labels(&source, "x", 4), Data::F64(vec![-10.0, -9.5, -9.0, -8.5]));
    let y = source.info().root.variable("y").unwrap();
    assert_eq!((y.attrs.text("standard_name"), y.attrs.text("units")), (Some("latitude"), Some("degrees_north")));
}

#[test]
fn the_sample_stack_holds_what_its_readme_says() {
    let Some(path) = contract::sample("basin_mask_stack.tif") else { return };
    let source = open(&path).unwrap();
    let meta = source.info().root.variable("image").unwrap();
    assert_eq!(meta.shape, [33, 180, 360]);
    assert_eq!(meta.dims, ["z", "y", "x"]);
    let values = source.read("image", &Region::all(&meta.shape)).unwrap().data().to_f64();
    let sum = |part: &[f64]| part.iter().sum::<f64>();
    assert_eq!((sum(&values), sum(&values[..64800]), sum(&values[32 * 64800..])), (7_188_283.0, 211_447.0, 103_521.0));
}

/// A little-endian page of bytes: `pixels` of the given width, then the directory.
fn page(width: u32, pixels: &[u8]) -> Vec<u8> {
    let height = u32::try_from(pixels.len()).unwrap() / width;
    let tags: [(u16, u16, u32); 7] = [
        (256, 4, width),
        (257, 4, height),
        (258, 3, 8),
        (262, 3, 1),
        (273, 4, 8),
        (278, 4, height),
        (279, 4, width * height),
    ];
    let mut out = b"II*\0".to_vec();
    out.extend((8 + u32::try_from(pixels.len()).unwrap()).to_le_bytes());
    out.extend(pixels);
    out.extend(u16::try_from(tags.len()).unwrap().to_le_bytes());
    for (tag, kind, value) in tags {
        out.extend(tag.to_le_bytes());
        out.extend(kind.to_le_bytes());
        out.extend(1u32.to_le_bytes());
        out.extend(value.to_le_bytes());
    }
    out.extend(0u32.to_le_bytes());
    out
}

fn write(folder: &Path, name: &str, bytes: &[u8]) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, bytes).unwrap();
    path
}

#[test]
fn several_files_are_one_array() {
    let folder = tempfile::tempdir().unwrap();
    let paths: Vec<_> = [10u8, 2, 7].map(|k| write(folder.path(), &format!("f {k}.tif"), &page(3, &[k; 6]))).into();
    let source = open_stack(paths.clone(), None).unwrap();
    contract::check(&*source);
    let meta = source.info().root.variable("image").unwrap();
    assert_eq!((meta.dims.join(","), meta.shape.clone()), ("frame,y,x".to_owned(), vec![3, 2, 3]));
    let first = Region::all(&[3, 1, 1]);
    assert_eq!(source.read("image", &first).unwrap().into_data(), Data::U8(vec![2, 7, 10]));
    assert_eq!(source.read("frame", &Region::all(&[3])).unwrap().into_data(), Data::I64(vec![2, 7, 10]));
    write(folder.path(), "f 7.tif", &page(2, &[1; 6]));
    let error = open_stack(paths, None).map(|_| ()).unwrap_err().to_string();
    assert!(error.contains("f 2.tif") && error.contains("f 7.tif") && error.contains("[3, 2]"), "{error}");
}

#[test]
fn damage_is_an_error_and_never_a_panic() {
    let folder = tempfile::tempdir().unwrap();
    let whole = page(3, &[1, 2, 3, 4, 5, 6]);
    for len in 4..whole.len() {
        let path = write(folder.path(), "cut.tif", &whole[..len]);
        let Ok(source) = open(&path) else { continue };
        // Only the link to a further page is missing.
        assert!(len >= whole.len() - 4, "cut at {len}");
        assert!(source.read("image", &Region::all(&[2, 3])).is_ok());
    }
    for at in 4..whole.len() {
        for value in [0, 1, 0x7f, 0xff] {
            let mut bytes = whole.clone();
            bytes[at] = value;
            let path = write(folder.path(), "flipped.tif", &bytes);
            let Ok(source) = open(&path) else { continue };
            let variables = source.info().root.variables.clone();
            for meta in variables.iter().filter(|v| v.cells() < 10_000_000) {
                drop(source.read(&meta.path, &Region::all(&meta.shape)));
            }
        }
    }
    let mut cycle = whole.clone();
    let end = cycle.len() - 4;
    cycle[end..].copy_from_slice(&14u32.to_le_bytes());
    let source = open(&write(folder.path(), "cycle.tif", &cycle)).unwrap();
    assert!(source.info().warnings.iter().any(|w| w.contains("turns back")), "{:?}", source.info().warnings);
    let error = open(&write(folder.path(), "empty.tif", b"II*\0\0\0\0\0")).map(|_| ()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Corrupt);
}
