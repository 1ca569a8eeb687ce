#!/usr/bin/env python3
"""The engine beside xarray with Dask: whole processes, taking turns, on data made here.

    python tests/benches/engine.py --app target/release/graticule [--steps 480] [--n 5]

Needs xarray, dask, netCDF4 and zarr (tests/requirements.txt). Prints a table: seconds (medians), and how many times
longer xarray takes; what `explain` foretold over what the run took. Results are compared as well: a wrong number stops
the bench.
"""
import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

import netCDF4
import numpy as np
import xarray as xr

LAT, LON, CHUNK = 361, 720, 24


def make(path, steps):
    """Two winds packed as int16, six-hourly, shuffled and deflated, in chunks of 24 maps."""
    rng = np.random.default_rng(20261120)
    with netCDF4.Dataset(path, "w") as file:
        for name, size in (("time", steps), ("lat", LAT), ("lon", LON)):
            file.createDimension(name, size)
        time_ = file.createVariable("time", "f8", ("time",))
        time_.units, time_.calendar = "hours since 2019-01-01", "standard"
        time_[:] = np.arange(steps) * 6
        lat, lon = np.linspace(-90, 90, LAT), np.arange(LON) * 360 / LON
        for name, values, units in (("lat", lat, "degrees_north"), ("lon", lon, "degrees_east")):
            axis = file.createVariable(name, "f8", (name,))
            axis.units = units
            axis[:] = values
        for name, phase in (("u", 0.0), ("v", 1.0)):
            wind = file.createVariable(name, "i2", ("time", "lat", "lon"), fill_value=-32767, zlib=True, shuffle=True,
                                       complevel=4, chunksizes=(CHUNK, LAT, LON))
            wind.scale_factor, wind.add_offset, wind.units = np.float32(0.005), np.float32(1.5), "m s-1"
            wind.set_auto_maskandscale(False)
            base = 1200 * np.cos(np.radians(lat))[:, None] * np.sin(np.radians(2 * lon) + phase)[None, :]
            for start in range(0, steps, CHUNK):
                n = min(CHUNK, steps - start)
                wave = 300 * np.sin(2 * np.pi * (np.arange(start, start + n) / 1460 + phase))[:, None, None]
                wind[start:start + n] = (base + wave + rng.normal(0, 60, (n, LAT, LON))).astype("i2")


def app(binary, data, steps, out):
    line = [binary, "run", "-q", "--input", data]
    for step in steps:
        line += ["--step", step]
    return line + ["-o", out]


# name: steps of ours, xarray's expression, ending of the result
TASKS = {
    "mean over time": (["select variables=u", "mean dim=time"], "ds[['u']].mean('time')", "nc"),
    "monthly anomaly": (["select variables=u", "anomaly by=month"],
                        "(lambda g: (g - g.mean()))(ds[['u']].groupby('time.month'))", "zarr"),
    "wind speed, daily maximum": (["expr 'ws = sqrt(u*u + v*v)'", "select variables=ws", "resample time=1D reduce=max"],
                                  "np.sqrt(ds.u**2 + ds.v**2).to_dataset(name='ws').resample(time='1D').max()", "zarr"),
    "area mean": (["select variables=u", "mean dim=lat,lon"],
                  "ds[['u']].weighted(np.cos(np.radians(ds.lat))).mean(('lat', 'lon'))", "nc"),
    "bilinear regrid": (["select variables=u", "regrid grid=1.5 method=bilinear"],
                        "ds[['u']].interp(lat=np.arange(-89.25, 90, 1.5), lon=np.arange(0.75, 359.5, 1.5))", "zarr"),
    "rolling mean": (["select variables=u", "rolling time=8 reduce=mean"], "ds[['u']].rolling(time=8).mean()", "zarr"),
    "standard deviation": (["select variables=u", "std dim=time"], "ds[['u']].std('time')", "nc"),
    "trend": (["select variables=u", "trend dim=time per=step"],
              "ds[['u']].assign_coords(time=np.arange(ds.time.size)).polyfit('time', 1)"
              ".u_polyfit_coefficients.sel(degree=1, drop=True).to_dataset(name='u')", "nc"),
    "two quantiles": (["select variables=u", "quantile q=0.5,0.9 dim=time"],
                      "ds[['u']].chunk(time=-1, lat=46, lon=90).quantile([0.5, 0.9], 'time')", "nc"),
}

PEER = """
import sys, numpy as np, xarray as xr
ds = xr.open_dataset(sys.argv[1], chunks={})
out = %s
if sys.argv[2].endswith('.nc'):
    out = out.compute()
else:
    out = out.chunk({d: 24 if d == 'time' else -1 for d in out.dims})
for v in out.variables.values(): v.encoding.clear()
out.drop_vars('month', errors='ignore').%s
"""


def peer(data, expression, out):
    write = "to_netcdf(sys.argv[2])" if out.endswith(".nc") else "to_zarr(sys.argv[2], mode='w', consolidated=False)"
    return [sys.executable, "-W", "ignore", "-c", PEER % (expression, write), data, out]


def foretold(binary, data, steps):
    """Seconds that `explain` expects."""
    line = [binary, "explain", "--input", data]
    for step in steps:
        line += ["--step", step]
    text = subprocess.run(line, check=True, capture_output=True, text=True).stdout
    return float(next(row.split()[1] for row in text.splitlines() if row.startswith("estimate")))


def run(line):
    """Seconds of a whole process."""
    started = time.perf_counter()
    status = subprocess.run(line, check=False).returncode
    if status != 0:
        sys.exit(f"{line[0]} ended with {status}: {' '.join(line)}")
    return time.perf_counter() - started


def same(ours, theirs, name):
    a = xr.open_dataset(ours, chunks={}) if ours.endswith(".nc") else xr.open_zarr(ours, consolidated=False)
    b = xr.open_dataset(theirs, chunks={}) if theirs.endswith(".nc") else xr.open_zarr(theirs, consolidated=False)
    for variable in b.data_vars:
        x, y = a[variable].astype("f8"), b[variable].astype("f8")
        x, y = x.isel({d: slice(0, 8) for d in ("time",) if d in x.dims}), y.isel({d: slice(0, 8) for d in ("time",) if d in y.dims})
        x, y = x.transpose(*y.dims).values, y.values
        if x.shape == y.shape and not np.allclose(x, y, rtol=1e-4, atol=1e-4, equal_nan=True):
            sys.exit(f"{name}: {variable} differs by up to {np.nanmax(np.abs(x - y))}")


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--app", required=True)
    arguments.add_argument("--steps", type=int, default=480)
    arguments.add_argument("--n", type=int, default=5)
    given = arguments.parse_args()
    folder = tempfile.mkdtemp(prefix="graticule-bench-")
    try:
        data = os.path.join(folder, "winds.nc")
        make(data, given.steps)
        print(f"{given.steps} x {LAT} x {LON}, int16, {os.path.getsize(data) / 2**20:.0f} MiB; medians of {given.n}")
        print(f"{'task':<28} {'ours s':>8} {'xarray s':>9} {'times':>6} {'foretold':>8}")
        for name, (steps, expression, ending) in TASKS.items():
            targets = [os.path.join(folder, f"{who}.{ending}") for who in ("ours", "theirs")]
            lines = [app(given.app, data, steps, targets[0]), peer(data, expression, targets[1])]
            figures = [[], []]
            for turn in range(given.n):
                for who in (0, 1):
                    shutil.rmtree(targets[who], ignore_errors=True)
                    if os.path.exists(targets[who]):
                        os.remove(targets[who])
                    figures[who].append(run(lines[who]))
                if turn == 0:
                    same(*targets, name)
            seconds = [statistics.median(f) for f in figures]
            print(f"{name:<28} {seconds[0]:>8.2f} {seconds[1]:>9.2f} {seconds[1] / seconds[0]:>5.1f}x"
                  f" {foretold(given.app, data, steps) / seconds[0]:>7.1f}x", flush=True)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
