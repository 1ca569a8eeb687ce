"""Prints golden.txt: what xarray (2026.9) decodes packed variables to. Run: python golden.py > golden.txt

A line: type | attributes as name=type:values | raw values | decoded type | decoded values.
"""

import warnings

import numpy as np
import xarray as xr

warnings.simplefilter("ignore")
RAW = {
    "int8": [-128, -127, -1, 0, 1, 100, 127],
    "uint8": [0, 1, 127, 128, 200, 254, 255],
    "int16": [-32768, -32767, -999, -1, 0, 7, 32767],
    "uint16": [0, 9, 999, 32768, 65534, 65535],
    "int32": [-2147483648, -2147483647, -999, -1, 0, 123456789, 2147483647],
    "uint32": [0, 1, 2147483648, 4294967295],
    "int64": [-999, -1, 0, 123456789, 4503599627370497],
    "float32": [-999.0, 0.0, 0.1, 1e20, np.nan, 7.5],
    "float64": [-999.0, 0.0, 0.1, 1e20, np.nan, 7.5],
}
S4, S8 = ("scale_factor", "float32", [0.01]), ("scale_factor", "float64", [0.01])
O4, O8 = ("add_offset", "float32", [273.15]), ("add_offset", "float64", [273.15])
OI = ("add_offset", "int16", [100])
PACKINGS = [[], [S4], [S8], [O4], [O8], [S4, O4], [S8, O8], [S4, O8], [S8, O4], [S8, OI]]


def show(values):
    return " ".join(repr(float(v)) if np.asarray(v).dtype.kind == "f" else str(int(v)) for v in values)


def line(dtype, attrs):
    kept = {n: (np.array(v, t) if len(v) > 1 else np.dtype(t).type(v[0])) if t != "text" else v for n, t, v in attrs}
    raw = np.array(RAW[dtype], dtype)
    out = xr.decode_cf(xr.Dataset({"v": ("x", raw, kept)}))["v"].values
    shown = ";".join(f"{n}={t}:{v if t == 'text' else show(np.array(v, t))}" for n, t, v in attrs)
    print(f"{dtype}|{shown}|{show(raw)}|{out.dtype}|{show(out)}")


for dtype in RAW:
    fill = -999 if np.dtype(dtype).kind in "if" and dtype != "int8" else (-128 if dtype == "int8" else 1 if dtype == "uint32" else 255)
    fill = 9 if dtype == "uint16" else fill
    other = 7 if dtype == "int16" else 0
    for packing in PACKINGS:
        for masks in [
            [],
            [("_FillValue", dtype, [fill])],
            [("missing_value", dtype, [fill, other])],
            [("_FillValue", dtype, [fill]), ("missing_value", dtype, [other])],
        ]:
            line(dtype, masks + packing)
    if dtype.startswith("float"):
        for packing in PACKINGS:
            line(dtype, [("_FillValue", dtype, [float("nan")])] + packing)
        line(dtype, [("missing_value", "float64", [1e20])])
        line(dtype, [("missing_value", "float32", [1e20])])
for dtype in ["int8", "int16", "int32"]:
    for masks in [[], [("_FillValue", dtype, [-1])]]:
        for packing in PACKINGS:
            line(dtype, [("_Unsigned", "text", "true")] + masks + packing)
line("uint8", [("_Unsigned", "text", "false"), ("_FillValue", "int8", [-1])])
line("uint8", [("_Unsigned", "text", "false")])
line("int16", [("_FillValue", "float64", [float("nan")]), S8, O8])
