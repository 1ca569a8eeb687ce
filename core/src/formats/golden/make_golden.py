"""Writes golden.tsv: what netCDF4-python (and h5py with h5netcdf for plain HDF5) read from the sample files.

Usage: python make_golden.py FOLDER_OF_SAMPLES > golden.tsv

One line for each variable: file, path, type, dimensions with sizes (* for unlimited), chunks, filters, number of
attributes, number of NaN, sum of the finite values, first and last value. Values are as stored: no mask, no scale.
"""

import pathlib
import shutil
import sys
import tempfile

import h5netcdf
import h5py
import netCDF4
import numpy as np

PLAIN = {"hdf5_image_palette.h5", "nexus_p45-1168.nxs"}


def scalar(x):
    if isinstance(x, bytes):
        return x.decode().rstrip("\0")
    if isinstance(x, str):
        return x
    if isinstance(x, np.ndarray):
        return "[" + ", ".join(scalar(y) for y in x) + "]"
    if isinstance(x, (np.floating, float)):
        return repr(float(x)) if np.isfinite(x) else {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}[str(float(x))]
    if isinstance(x, np.complexfloating):
        return "complex"
    if isinstance(x, np.void):
        return "record"
    return str(int(x))


def numbers(a):
    flat = np.asarray(a).reshape(-1)
    first, last = (scalar(flat[0]), scalar(flat[-1])) if flat.size else ("", "")
    if flat.dtype.kind not in "iuf":
        return "", "", first, last
    values = flat.astype("f8")
    nan = np.isnan(values)
    return str(int(nan.sum())), repr(float(values[np.isfinite(values)].sum())), first, last


def nc_type(v):
    t = v.datatype
    if t is str or v.dtype is str:
        return "string"
    if isinstance(t, netCDF4.EnumType):
        return f"enum:{t.dtype}"
    if isinstance(t, netCDF4.VLType):
        return f"vlen:{t.dtype}"
    if isinstance(t, netCDF4.CompoundType):
        d = t.dtype
        if d.names == ("r", "i") and d[0].kind == "f":
            return f"complex{16 * d[0].itemsize}"
        return "compound"
    return "char" if v.dtype == "S1" else str(v.dtype)


def nc_filters(v):
    f = v.filters() or {}
    out = []
    if f.get("shuffle"):
        out.append("shuffle")
    if f.get("zlib"):
        out.append(f"deflate:{f['complevel']}")
    if f.get("fletcher32"):
        out.append("fletcher32")
    return ",".join(sorted(out))


def line(*columns):
    print("\t".join(c.replace("\t", " ").replace("\n", "\\n") for c in columns))


def netcdf(path, group, prefix):
    for name, v in group.variables.items():
        v.set_auto_maskandscale(False)
        v.set_auto_chartostring(False)
        dims = ",".join(f"{d.name}={d.size}{'*' if d.isunlimited() else ''}" for d in v.get_dims())
        chunks = v.chunking()
        chunks = "" if chunks in (None, "contiguous") else ",".join(map(str, chunks))
        try:
            values = v[...]
        except RuntimeError:  # netCDF-C confuses dimensions of one name in two groups; h5py does not
            with h5py.File(path) as f:
                values = f[f"{prefix}/{name}"][...]
            dims = ",".join(f"{d.name}={n}" for d, n in zip(v.get_dims(), values.shape))
        line(path.name, f"{prefix}/{name}", nc_type(v), dims, chunks, nc_filters(v), str(len(v.ncattrs())), *numbers(values))
    for name, g in group.groups.items():
        netcdf(path, g, f"{prefix}/{name}")


def h5_type(d):
    if h5py.check_string_dtype(d.dtype):
        return "string"
    return str(d.dtype)


def hdf5(original):
    # h5netcdf fails on links into files that are not there: a copy goes without.
    path = pathlib.Path(tempfile.mkdtemp()) / original.name
    shutil.copy(original, path)
    with h5py.File(path, "r+") as f:
        def drop(_, group):
            if isinstance(group, h5py.Group):
                for k in list(group):
                    if isinstance(group.get(k, getlink=True), h5py.ExternalLink):
                        del group[k]
        f.visititems(drop)
    with h5netcdf.File(path, "r", phony_dims="sort") as named, h5py.File(path, "r") as f:
        every_name(f, "", set(), lambda name, d: one(original, named, name, d))


def every_name(group, at, seen, visit):
    """A dataset stands under each name that leads to it, a group under the first hard link."""
    for name in group:
        link, d = group.get(name, getlink=True), group.get(name)
        if isinstance(d, h5py.Dataset):
            visit(at + name, d)
        elif isinstance(d, h5py.Group) and isinstance(link, h5py.HardLink) and d.id not in seen:
            every_name(d, f"{at}{name}/", seen | {d.id}, visit)


def one(path, named, name, d):
    v = named[name]
    value = d.asstr()[...] if h5py.check_string_dtype(d.dtype) else d[...]
    dims = ",".join(f"{n}={size}" for n, size in zip(v.dimensions, d.shape))
    chunks = ",".join(map(str, d.chunks or ()))
    line(path.name, "/" + name, h5_type(d), dims, chunks, "", str(len(d.attrs)), *numbers(value))


for path in sorted(pathlib.Path(sys.argv[1]).iterdir()):
    if path.name in PLAIN:
        hdf5(path)
    elif path.suffix == ".nc":
        with netCDF4.Dataset(path) as data:
            data.set_auto_maskandscale(False)
            netcdf(path, data, "")
