import sys, json, numpy as np, zarr, numcodecs
from numcodecs import Delta, FixedScaleOffset, Shuffle, Zlib, BZ2, GZip, Blosc, Zstd, VLenUTF8, VLenBytes, BitRound, Quantize
out = sys.argv[1]
rng = np.random.default_rng(5)
dtypes = ["bool", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f2", "f4", "f8"]
wanted = {}
def text(x):
    if isinstance(x, (bool, np.bool_)): return int(x)
    if isinstance(x, (np.floating, float)):
        return "NaN" if np.isnan(x) else "Infinity" if x == np.inf else "-Infinity" if x == -np.inf else float(x)
    if isinstance(x, (np.integer, int)): return int(x)
    if isinstance(x, (bytes, np.bytes_)): return x.decode()
    if isinstance(x, (np.complexfloating,)): return f"{x.real:g}{x.imag:+g}j"
    return str(x)
def values(dt):
    dt = np.dtype(dt)
    if dt.kind == "b": return rng.integers(0, 2, (5, 7)).astype(dt)
    if dt.kind in "iu":
        i = np.iinfo(dt); a = rng.integers(i.min, i.max, (5, 7), dtype=dt.newbyteorder("="), endpoint=True)
        a[0, 0], a[0, 1] = i.min, i.max
        return a.astype(dt)
    a = rng.normal(size=(5, 7)).astype(dt); a[1, 1] = np.nan; a[1, 2] = np.inf; a[1, 3] = -np.inf
    return a
def put(version, root, name, a, **kw):
    dims = ["y", "x"][:a.ndim] if a.ndim else []
    if version == 3: kw["dimension_names"] = dims
    else: kw["attributes"] = {"_ARRAY_DIMENSIONS": dims}
    kw.setdefault("chunks", (2, 3)[:a.ndim])
    shape_kw = dict(name=name, shape=a.shape, dtype=a.dtype, **kw)
    z = root.create_array(**shape_kw)
    z[...] = a
    wanted.setdefault(str(version), {})[root.path + "/" + name if root.path else name] = [text(x) for x in np.asarray(z[...]).ravel().tolist()] if a.dtype.kind not in "fc" else [text(x) for x in np.asarray(z[...]).ravel()]
for version in (2, 3):
    root = zarr.create_group(f"{out}/v{version}.zarr", zarr_format=version)
    for dt in dtypes:
        put(version, root, "le_" + dt, values("<" + dt if dt != "bool" else dt), fill_value=0)
        if version == 2 and dt not in ("bool", "i1", "u1"): put(version, root, "be_" + dt, values(">" + dt), fill_value=0)
    put(version, root, "scalar", np.array(4.25))
    put(version, root, "c8", np.array([[1 + 2j, -0.5j]], dtype="c8")); put(version, root, "c16", np.array([1.5 - 2.25j], dtype="c16"))
    put(version, root, "S3", np.array([b"a", b"bcd", b""], dtype="S3")); put(version, root, "S1", np.array([b"a", b"b"], dtype="S1"))
    put(version, root, "U4", np.array(["é", "abcd", ""], dtype="U4"))
    s = root.create_array(name="vlen", shape=(5,), chunks=(2,), dtype=str, **({"dimension_names": ["y"]} if version == 3 else {"attributes": {"_ARRAY_DIMENSIONS": ["y"]}}))
    s[...] = np.array(["Kapstadt", "", "深圳", "d", "e"], dtype=object); wanted[str(version)]["vlen"] = ["Kapstadt", "", "深圳", "d", "e"]
    t = np.array(["2000-01-01T00:00:01", "NaT", "1969-12-31T23:59:59"], dtype="M8[s]")
    put(version, root, "times", t); wanted[str(version)]["times"] = [1 + 946684800, -2**63, -1]
    sub = root.create_group("deep").create_group("deeper")
    put(version, sub, "inside", values("i2"))
    part = root.create_array(name="partial", shape=(5, 7), chunks=(2, 3), dtype="i4", fill_value=-9, **({"dimension_names": ["y", "x"]} if version == 3 else {}))
    part[0:2, 0:3] = 5
    wanted[str(version)]["partial"] = part[...].ravel().tolist()
f = values("f4"); f[~np.isfinite(f)] = 0; i = values("i4")
root = zarr.open_group(f"{out}/v2.zarr", mode="r+")
for name, comp, filters, a in [("zlib", Zlib(1), None, f), ("bz2", BZ2(1), None, f), ("gzip", GZip(1), None, f), ("zstd", Zstd(3), None, f), ("blosc_zlib_bit", Blosc("zlib", 3, 2), None, f),
    ("blosclz", Blosc("blosclz", 3, 1), None, i), ("none", None, None, f), ("delta", Zlib(1), [Delta("<i4")], i), ("shuffle", Zlib(1), [Shuffle(4)], f),
    ("fso", Zlib(1), [FixedScaleOffset(offset=0, scale=100, dtype="<f4", astype="<i4")], f), ("bitround", Zstd(1), [BitRound(8)], f), ("quantize", Zstd(1), [Quantize(2, "<f4")], f)]:
    put(2, root, "codec_" + name, a, compressors=comp, filters=filters)
put(2, root, "fortran", i, order="F", compressors=Zlib(1))
put(2, root, "slashes", i, chunk_key_encoding={"name": "v2", "separator": "/"})
root3 = zarr.open_group(f"{out}/v3.zarr", mode="r+")
from zarr.codecs import BloscCodec, ZstdCodec, GzipCodec, Crc32cCodec, BytesCodec, TransposeCodec, ShardingCodec
big = rng.integers(-1000, 1000, (20, 21)).astype("i4")
put(3, root3, "codec_crc", f, compressors=[ZstdCodec(level=1), Crc32cCodec()])
put(3, root3, "codec_gzip", f, compressors=[GzipCodec(level=1)])
put(3, root3, "codec_big", f, serializer=BytesCodec(endian="big"), compressors=None)
put(3, root3, "codec_transposed", i, filters=[TransposeCodec(order=(1, 0))])
put(3, root3, "keys_dots", i, chunk_key_encoding={"name": "default", "separator": "."})
put(3, root3, "keys_v2", i, chunk_key_encoding={"name": "v2", "separator": "."})
put(3, root3, "sharded", big, chunks=(3, 4), shards=(6, 8))
put(3, root3, "sharded_start", big, chunks=(20, 21), filters=None, compressors=None, serializer=ShardingCodec(chunk_shape=(5, 7), codecs=[BytesCodec()], index_location="start"))
put(3, root3, "sharded_transposed", big[:, :20], chunks=(20, 20), filters=[TransposeCodec(order=(1, 0))], compressors=None, serializer=ShardingCodec(chunk_shape=(10, 5), codecs=[BytesCodec(), ZstdCodec()]))
put(3, root3, "sharded_twice", big, chunks=(20, 21), filters=None, compressors=None, serializer=ShardingCodec(chunk_shape=(10, 7), codecs=[ShardingCodec(chunk_shape=(5, 7), codecs=[BytesCodec(), ZstdCodec()])]))
s = root3.create_array(name="sharded_text", shape=(5,), chunks=(2,), shards=(4,), dtype=str, dimension_names=["y"])
s[...] = np.array(["a", "bb", "", "d", "e"], dtype=object); wanted["3"]["sharded_text"] = ["a", "bb", "", "d", "e"]
zarr.consolidate_metadata(f"{out}/v2.zarr"); zarr.consolidate_metadata(f"{out}/v3.zarr")
print(json.dumps(wanted))
