import sys, json, warnings, numpy as np, zarr, numcodecs
import numcodecs as nc
import zarr.codecs.numcodecs as z3
warnings.simplefilter("ignore")
out = sys.argv[1]
rng = np.random.default_rng(7)
wanted = {}
def text(x):
    if isinstance(x, (bool, np.bool_)): return int(x)
    if isinstance(x, (np.floating, float)): return "NaN" if np.isnan(x) else float(x)
    if isinstance(x, (np.integer, int)): return int(x)
    return str(x)
def note(version, z):
    wanted.setdefault(str(version), {})[z.path] = [text(x) for x in np.asarray(z[...]).ravel()]
def put(root, name, a, **kw):
    version = root.metadata.zarr_format
    dims = ["y", "x"][: a.ndim]
    kw.update({"dimension_names": dims} if version == 3 else {"attributes": {"_ARRAY_DIMENSIONS": dims}})
    z = root.create_array(name=name, shape=a.shape, chunks=kw.pop("chunks", (4, 5)[: a.ndim]), dtype=a.dtype, **kw)
    z[...] = a
    note(version, z)
f = np.round(rng.normal(size=(9, 11)), 2).astype("<f4")
d = np.round(rng.normal(size=(9, 11)), 2)
i = rng.integers(-100, 100, (9, 11)).astype("<i4")
b = i > 0
two = zarr.create_group(f"{out}/v2.zarr", zarr_format=2)
for cname in ["lz4", "lz4hc", "blosclz", "zlib", "zstd"]:
    for shuffle in [0, 1, 2]:
        put(two, f"blosc_{cname}_{shuffle}", f, compressors=nc.Blosc(cname, 5, shuffle))
for name, c in dict(lz4=nc.LZ4(), lzma=nc.LZMA(preset=9), alone=nc.LZMA(format=2), raw=nc.LZMA(format=3, filters=[{"id": 3, "dist": 4}, {"id": 0x21, "preset": 1}]), raw1=nc.LZMA(format=3, filters=[{"id": 0x4000000000000001, "preset": 9, "lc": 2, "pb": 1}]), xz=nc.LZMA(format=1, check=4, preset=2), zlib=nc.Zlib(9), gzip=nc.GZip(9), bz2=nc.BZ2(9), zstd=nc.Zstd(1, checksum=True)).items():
    put(two, name, i, compressors=c); put(two, name + "_f", i, compressors=c, order="F")
    s = two.create_array(name=f"text_{name}", shape=(40,), chunks=(40,), dtype=str, compressors=c)
    s[:] = np.array(["ä" * n * 40 for n in range(40)], dtype=object); note(2, s)
for name, filters in dict(crc32=[nc.CRC32()], crc32_end=[nc.CRC32(location="end")], adler=[nc.Adler32()], crc32c=[nc.CRC32C()], crc32c_start=[nc.CRC32C(location="start")], fletcher=[nc.Fletcher32()], jenkins=[nc.JenkinsLookup3()],
    shuffle=[nc.Shuffle(4)], delta=[nc.Delta("<i4")], delta_narrow=[nc.Delta("<i4", "<i2")], delta_big=[nc.Delta(">i4", ">i8")], delta_shuffle=[nc.Delta("<i4", "<i2"), nc.Shuffle(2)],
    astype=[nc.AsType("<i2", "<i4")], base64=[nc.Base64()]).items():
    a = i.astype(">i4") if name == "delta_big" else i
    put(two, "f_" + name, a, filters=filters, compressors=nc.Zlib(1))
    if name != "base64": put(two, "F_" + name, a, filters=filters, compressors=None, order="F")
put(two, "fso", f, filters=[nc.FixedScaleOffset(1.5, 100, "<f4", "<i2")], compressors=nc.LZ4())
put(two, "fso_f8", d, filters=[nc.FixedScaleOffset(-3, 10, "<f8", "|u1")], compressors=nc.LZ4())
put(two, "fso_same", f, filters=[nc.FixedScaleOffset(-3, 10, "<f4")], compressors=nc.LZ4())
put(two, "fso_half", f.astype("f2"), filters=[nc.FixedScaleOffset(-3, 10, "<f2")], compressors=nc.LZ4())
put(two, "delta_float", d, filters=[nc.Delta("<f8", "<f4")]); put(two, "delta_half", f.astype("f2"), filters=[nc.Delta("<f2")])
put(two, "delta_bool", b, filters=[nc.AsType("|i1", "|b1"), nc.Delta("|i1")])
put(two, "quantize", d, filters=[nc.Quantize(1, "<f8", "<f4")]); put(two, "bitround", f, filters=[nc.BitRound(5)])
put(two, "json", d, filters=[nc.JSON()]); put(two, "msgpack", i, filters=[nc.MsgPack()]); put(two, "json_bool", b, filters=[nc.JSON()], compressors=nc.Zlib(1))
put(two, "packbits", b, filters=[nc.PackBits()]); put(two, "packbits_1d", b[0, :4], filters=[nc.PackBits()])
put(two, "labels", np.array([["a", "ccc"], ["bb", ""]], dtype="U3"), chunks=(2, 2), filters=[nc.Categorize(["a", "bb", "ccc"], "<U3", "|u1")])
put(two, "bytes_big", f.astype(">f4"), compressors=nc.Blosc("zstd", 3, 1)); put(two, "F_big", d.astype(">f8"), order="F")
t = two.create_array(name="text_F", shape=(3, 4), chunks=(2, 3), dtype=str, order="F"); t[...] = np.arange(12).reshape(3, 4).astype(str).astype(object); note(2, t)
three = zarr.create_group(f"{out}/v3.zarr", zarr_format=3)
for name, c in dict(lz4=z3.LZ4(), lzma=z3.LZMA(), zlib=z3.Zlib(level=1), gzip=z3.GZip(level=1), bz2=z3.BZ2(level=1), zstd=z3.Zstd(level=1), blosc=z3.Blosc(cname="zlib", shuffle=2),
    shuffle=z3.Shuffle(elementsize=4), crc32=z3.CRC32(), adler32=z3.Adler32(), fletcher=z3.Fletcher32(), jenkins=z3.JenkinsLookup3()).items():
    put(three, "n_" + name, f, compressors=[c])
    put(three, "s_" + name, f, chunks=(3, 11), shards=(9, 22), compressors=[c])
for name, fl, a in [("delta", [z3.Delta(dtype="<i4")], i), ("delta2", [z3.Delta(dtype="int32", astype="int16")], i), ("fso", [z3.FixedScaleOffset(offset=0, scale=100, astype="i2")], f),
    ("fso_u1", [z3.FixedScaleOffset(offset=-5, scale=20, dtype="<f8", astype="|u1")], d), ("quantize", [z3.Quantize(digits=1)], f), ("astype", [z3.AsType(encode_dtype="<i2", decode_dtype="<i4")], i), ("bitround", [z3.BitRound(keepbits=4)], f),
    ("transposed_delta", [zarr.codecs.TransposeCodec(order=(1, 0)), z3.Delta(dtype="<i4")], i)]:
    for compressor in (None, zarr.codecs.ZstdCodec()):
        put(three, f"f_{name}_{compressor is None}", a, filters=fl, compressors=compressor)
for cname in ["lz4", "lz4hc", "blosclz", "zlib", "zstd"]:
    put(three, f"blosc_{cname}", d, compressors=zarr.codecs.BloscCodec(cname=cname, shuffle="bitshuffle"))
big = zarr.codecs.BytesCodec(endian="big")
put(three, "big_text", np.array([["é", "abc"]], dtype="U3"), chunks=(1, 2), serializer=big)
put(three, "big_half", f.astype("f2"), serializer=big)
put(three, "turned", rng.integers(0, 99, (4, 6)), chunks=(4, 6), filters=[zarr.codecs.TransposeCodec(order=(1, 0))])
n = rng.integers(0, 99, (4, 5, 6)).astype("i2")
z = three.create_array(name="turned3", shape=n.shape, chunks=(3, 2, 4), dtype="i2", filters=[zarr.codecs.TransposeCodec(order=(2, 0, 1)), zarr.codecs.TransposeCodec(order=(1, 2, 0))]); z[...] = n; note(3, z)
print(json.dumps(wanted))
