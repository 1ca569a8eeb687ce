import sys, json, warnings, base64, numpy as np, zarr, os
import xarray as xr
warnings.simplefilter("ignore")
out = sys.argv[1]
wanted = {}
def plain(x):
    if isinstance(x, (bytes, np.bytes_)): return x.decode()
    if isinstance(x, np.void) and x.dtype.names: return {n: plain(x[n]) for n in x.dtype.names}
    if isinstance(x, np.void): return bytes(x).hex()
    if isinstance(x, np.ndarray): return [plain(v) for v in x]
    if isinstance(x, (np.datetime64, np.timedelta64)): return int(x.astype("i8"))
    if isinstance(x, np.complexfloating): return [plain(x.real), plain(x.imag)]
    if isinstance(x, np.floating): return "NaN" if np.isnan(x) else float(x)
    if isinstance(x, np.generic): return x.item()
    return x
def note(version, name, a, value=plain):
    wanted.setdefault(str(version), {})[name] = [value(x) for x in np.asarray(a).ravel()]
station = np.dtype([("lat", "<f4"), ("id", "<i2"), ("name", "S3"), ("z", "<c8"), ("in", [("a", "<u2"), ("b", "<f8")])])
rows = np.array([(1.5, -2, b"ab", 1 + 2j, (7, 0.25)), (-0.5, 300, b"xyz", -3j, (65535, -1e9)), (0, 0, b"", 0, (0, 0))], dtype=station)
for version in (2, 3):
    root = zarr.create_group(f"{out}/v{version}.zarr", zarr_format=version)
    dims = lambda *d: {"dimension_names": d} if version == 3 else {"attributes": {"_ARRAY_DIMENSIONS": d}}
    zero = np.zeros((), dtype=station)[()]
    z = root.create_array(name="stations", shape=(3,), chunks=(2,), dtype=station, fill_value=zero, **dims("n")); z[:2] = rows[:2]
    for n in station.names[:2]: note(version, "stations." + n, rows[n])
    note(version, "stations.in.a", rows["in"]["a"]); note(version, "stations.in.b", rows["in"]["b"])
    note(version, "stations.z.real", rows["z"].real); note(version, "stations.z.imag", rows["z"].imag)
    z = root.create_array(name="wave", shape=(3,), chunks=(2,), dtype="c16", fill_value=1 - 1j, **dims("n")); z[:2] = [1 + 2j, -3.5j]
    note(version, "wave.real", z[:].real); note(version, "wave.imag", z[:].imag)
    z = root.create_array(name="raw", shape=(3,), chunks=(2,), dtype="V5", **dims("n")); z[:2] = np.array([b"abcde", b"\0\1\2\3\xff"], dtype="V5"); note(version, "raw", z[:])
    z = root.create_array(name="blob", shape=(3,), chunks=(2,), dtype=zarr.dtype.VariableLengthBytes(), **dims("n")); z[:2] = np.array([b"abc", b"\xff\0"], dtype=object)
    wanted[str(version)]["blob"] = ["616263", "ff00", ""]
    for unit in ["Y", "M", "W", "D", "h", "m", "s", "ms", "us", "ns", "10s", "25D"]:
        a = np.array(["1969-12-31", "NaT", "2001-02-03"], dtype=f"M8[{unit}]")
        z = root.create_array(name=f"time_{unit}", shape=(3,), dtype=a.dtype, **dims("n")); z[:] = a; note(version, f"time_{unit}", a)
    for unit in ["D", "s", "ns", "30m"]:
        a = np.array([-1, "NaT", 1000], dtype=f"m8[{unit}]")
        z = root.create_array(name=f"span_{unit}", shape=(3,), dtype=a.dtype, **dims("n")); z[:] = a; note(version, f"span_{unit}", a)
    half = np.array([1.5, np.nan, -65504], dtype="f2")
    z = root.create_array(name="half", shape=(5,), chunks=(2,), dtype="f2", fill_value=np.float16("inf"), **dims("k")); z[:3] = half
    wanted[str(version)]["half"] = [1.5, "NaN", -65504.0, "Infinity", "Infinity"]
    for name, dt, fill in [("fill_nan", "f4", np.nan), ("fill_ninf", "f8", -np.inf), ("fill_u8", "u8", 2**64 - 1), ("fill_bool", "?", True), ("fill_S", "S4", b"abc"), ("fill_U", "U4", "äb"), ("fill_str", str, "none"), ("fill_M8", "M8[s]", np.datetime64("2000-01-01", "s"))]:
        z = root.create_array(name=name, shape=(3,), chunks=(2,), dtype=dt, fill_value=fill, **dims("n")); z[:1] = z[2:]
        wanted[str(version)][name] = ["-Infinity" if plain(x) == -np.inf else plain(x) if not isinstance(plain(x), bool) else int(x) for x in np.asarray(z[:])]
    root.create_array(name="empty", shape=(0, 3), chunks=(2, 2), dtype="i4", **dims("none", "n")); wanted[str(version)]["empty"] = []
    z = root.create_array(name="large_chunk", shape=(3,), chunks=(10,), dtype="i4", **dims("n")); z[:] = [1, 2, 3]; note(version, "large_chunk", z[:])
    z = root.create_array(name="zero_d", shape=(), dtype="i8", **({} if version == 3 else dims())); z[...] = -7; note(version, "zero_d", z[...])
# What zarr-python 2 wrote and 3 no longer does.
root = f"{out}/v2.zarr"
def old(name, dtype, chunk, fill=None, filters=None, attrs=None, shape=(2,)):
    os.makedirs(f"{root}/{name}")
    json.dump(dict(zarr_format=2, shape=shape, chunks=shape, dtype=dtype, compressor=None, fill_value=fill, filters=filters, order="C"), open(f"{root}/{name}/.zarray", "w"))
    json.dump(attrs or {"_ARRAY_DIMENSIONS": ["two"]}, open(f"{root}/{name}/.zattrs", "w"))
    if chunk is not None: open(f"{root}/{name}/0", "wb").write(chunk)
big = np.array([((1, -2), 2.5, "ä"), ((3, 4), -1, "zz")], dtype=[("v", ">i2", (2,)), ("w", ">f8"), ("t", ">U2")])
old("big_record", [["v", ">i2", [2]], ["w", ">f8"], ["t", ">U2"]], big.tobytes())
wanted["2"]["big_record"] = [json.dumps({"v": [1, -2], "w": 2.5, "t": "ä"}, separators=(",", ":"), ensure_ascii=False), json.dumps({"v": [3, 4], "w": -1.0, "t": "zz"}, separators=(",", ":"))]
wanted["2"]["big_record.w"] = [2.5, -1.0]
old("record_fill", [["a", "<i2"], ["b", "<f4"]], None, base64.b64encode(np.array((5, 1.5), dtype="<i2,<f4").tobytes()).decode()); wanted["2"]["record_fill.a"] = [5, 5]; wanted["2"]["record_fill.b"] = [1.5, 1.5]
import numcodecs
lists = np.empty(2, dtype=object); lists[0] = np.array([1, 2], dtype="<i4"); lists[1] = np.array([], dtype="<i4")
old("lists", "|O", bytes(numcodecs.VLenArray("<i4").encode(lists)), 0, [{"id": "vlen-array", "dtype": "<i4"}]); wanted["2"]["lists"] = ["[1,2]", "[]"]
old("labels", "|O", bytes([2, 0]), "", [{"id": "categorize", "labels": ["m", "fé"], "dtype": "|O", "astype": "|u1"}]); wanted["2"]["labels"] = ["fé", ""]
old("times_bare", "<M8", np.array([5, -1], dtype="<i8").tobytes()); wanted["2"]["times_bare"] = [5, -1]
old("no_fill", "<f4", None); wanted["2"]["no_fill"] = [0.0, 0.0]
print(json.dumps(wanted))
