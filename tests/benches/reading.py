"""Reading, side by side: graticule against netCDF4-python, h5py, zarr-python and xarray with Dask.

    cargo build --release
    python tests/benches/reading.py --app target/release/graticule [--runs 5] [--tasks series]

Needs tests/requirements.txt and netCDF4, h5py, dask. Makes its data (about 300 MB) in a folder of its own and removes it.
Every run is a fresh process on a warm page cache; the peers of a task take turns, so that what else the machine does
meets all of them. `wall` is the whole process, `inner` leaves out Python's start and imports. All of them must agree on the
mean of what they read. Prints a table in Markdown; ratios are peer's median over ours, by `wall` and by `inner`.
"""

import argparse
import json
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

SHAPE = (240, 361, 720)
# Cells of one map chunk, and of one chunk that holds the whole time axis.
MAPS, SERIES = (8, 361, 720), (240, 20, 24)
# So many chunks that finding one is the work.
TINY, TINY_CHUNK = (100_000, 4), (1, 4)
MIDDLE = {"slice": (120, None, None), "series": (None, 180, 400), "full": (None, None, None), "one chunk": (77_777, None)}


def make(folder):
    import h5py
    import numpy as np
    import zarr

    rng = np.random.default_rng(7)
    y = np.linspace(-90, 90, SHAPE[1], dtype="f4")[:, None]
    x = np.linspace(0, 359.5, SHAPE[2], dtype="f4")[None, :]

    def step(i):
        wave = 8 * np.sin(np.radians(3 * x + 5 * i)) * np.cos(np.radians(2 * y))
        return (280 + 20 * np.cos(np.radians(y)) + wave + rng.normal(0, 0.3, SHAPE[1:])).astype("f4").round(2)

    values = np.stack([step(i) for i in range(SHAPE[0])])
    tiny = np.arange(TINY[0] * TINY[1], dtype="f4").reshape(TINY)
    for name, data, chunks in (("maps", values, MAPS), ("series", values, SERIES), ("tiny", tiny, TINY_CHUNK)):
        with h5py.File(folder / f"{name}.nc", "w") as file:
            dims = []
            for dim, n in zip(("time", "lat", "lon"), data.shape):
                dims.append(file.create_dataset(dim, data=np.arange(n, dtype="f8")))
                dims[-1].make_scale(dim)
            v = file.create_dataset("v", data=data, chunks=chunks, compression="gzip", compression_opts=4, shuffle=True)
            for n, dim in enumerate(dims):
                v.dims[n].attach_scale(dim)
    for version in (2, 3):
        group = zarr.open_group(folder / f"maps_v{version}.zarr", mode="w", zarr_format=version)
        names = ["time", "lat", "lon"]
        more = {"dimension_names": names} if version == 3 else {}
        array = group.create_array("v", shape=SHAPE, chunks=MAPS, dtype="f4", **more)
        if version == 2:
            array.attrs["_ARRAY_DIMENSIONS"] = names
        array[:] = values


PEERS = {
    "netCDF4": "import netCDF4\nd = netCDF4.Dataset(path)['v']; d.set_auto_mask(False)\nread = lambda at: d[at]",
    "h5py": "import h5py\nd = h5py.File(path)['v']\nread = lambda at: d[at]",
    "zarr": "import zarr\nd = zarr.open_group(path, mode='r')['v']\nread = lambda at: d[at]",
    "xarray+dask": "import xarray, dask\nd = xarray.open_dataset(path, chunks={}, engine=engine, decode_times=False)['v']\n"
    "read = lambda at: d[at].values",
}
SCRIPT = """
import sys, time, json, numpy as np
path, at, engine = sys.argv[1], eval(sys.argv[2]), sys.argv[3]
{imports}
started = time.perf_counter()
{setup}
mean = float(np.asarray(read(at)).mean(dtype='f8'))
print(json.dumps(dict(mean=mean, inner=time.perf_counter() - started)))
"""


def command(app, peer, path, at):
    if peer == "graticule":
        picks = [f"{dim}={i}" for dim, i in zip(("time", "lat", "lon"), at) if i is not None]
        return [app, "stats", path, "v", "--json", *(["--isel", ",".join(picks)] if picks else [])]
    imports, setup = PEERS[peer].split("\n", 1)
    index = "(" + ",".join("slice(None)" if i is None else str(i) for i in at) + ")"
    engine = "zarr" if path.endswith(".zarr") else "netcdf4"
    return [sys.executable, "-c", SCRIPT.format(imports=imports, setup=setup), path, index, engine]


def run(arguments):
    started = time.perf_counter()
    done = subprocess.run(arguments, capture_output=True, text=True, check=True)
    wall = time.perf_counter() - started
    answer = json.loads(done.stdout)
    return wall, answer.get("inner", wall), answer["mean"]


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--app", required=True)
    options.add_argument("--runs", type=int, default=5)
    options.add_argument("--tasks", default="")
    options = options.parse_args()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="graticule-reading-"))
    try:
        make(folder)
        print("| task | reader | wall s | inner s | wall / ours | inner / ours |\n|---|---|--:|--:|--:|--:|")
        for file, what in (
            ("maps.nc", "full"), ("maps.nc", "slice"), ("maps.nc", "series"), ("series.nc", "series"),
            ("maps_v2.zarr", "full"), ("maps_v2.zarr", "slice"), ("maps_v3.zarr", "full"), ("maps_v3.zarr", "series"),
            ("tiny.nc", "one chunk"),
        ):
            task = f"{what} of {file}"
            if options.tasks not in task:
                continue
            own = ["zarr"] if file.endswith(".zarr") else ["netCDF4", "h5py"]
            peers = ["graticule", *own, "xarray+dask"]
            calls = {p: command(options.app, p, str(folder / file), MIDDLE[what]) for p in peers}
            times = {p: [] for p in peers}
            for turn in range(options.runs + 1):
                for peer, call in calls.items():
                    wall, inner, mean = run(call)
                    reference = mean if peer == "graticule" else reference
                    assert abs(mean - reference) < 1e-5 * abs(reference), f"{task}: {peer} {mean}, ours {reference}"
                    if turn > 0:
                        times[peer].append((wall, inner))
            median = {p: [statistics.median(t[k] for t in times[p]) for k in (0, 1)] for p in peers}
            ours = median["graticule"][0]
            for peer, (wall, inner) in median.items():
                print(f"| {task} | {peer} | {wall:.3f} | {inner:.3f} | {wall / ours:.1f} | {inner / ours:.1f} |", flush=True)
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
