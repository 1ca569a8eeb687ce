"""Land fraction of latitude-longitude cells from Graticule's own land polygons.

Owns: reading `../coast/land_*.bin` and counting sample points inside.
Does not own: the climate model.
"""

import struct

import numpy as np


def read_polygon_rings(path):
    """All rings (exteriors and holes) of a GRTC polygon file, as arrays of (lon, lat) in degrees."""
    data = path.read_bytes()
    if data[:4] != b"GRTC" or struct.unpack_from("<II", data, 4) != (1, 1):
        raise SystemExit(f"{path} is no GRTC polygon file of version 1")
    (count,) = struct.unpack_from("<I", data, 12)
    at, rings = 16, []
    for _ in range(count):
        (n_rings,) = struct.unpack_from("<I", data, at)
        at += 4
        for _ in range(n_rings):
            (n,) = struct.unpack_from("<I", data, at)
            first = np.frombuffer(data, "<i4", 2, at + 4)[None]
            steps = np.frombuffer(data, "<i2", 2 * (n - 1), at + 12).reshape(-1, 2)
            rings.append(np.concatenate([first, steps]).cumsum(axis=0) / 1000.0)
            at += 12 + 4 * (n - 1)
    return rings


def land_fraction(path, n_lat, n_lon, samples=10):
    """Land area fraction (0..1), shape (lat, lon): south to north, 0° to 360° east.

    Each cell is sampled by `samples`² points on an even grid, inside by the even-odd rule.
    """
    edges = np.concatenate([np.hstack([r[:-1], r[1:]]) for r in read_polygon_rings(path)])
    fine_lon = -180 + (np.arange(n_lon * samples) + 0.5) * 360 / (n_lon * samples)
    fine_lat = -90 + (np.arange(n_lat * samples) + 0.5) * 180 / (n_lat * samples)
    inside = np.zeros((fine_lat.size, fine_lon.size))
    for row, lat in enumerate(fine_lat):
        lon0, lat0, lon1, lat1 = edges[(edges[:, 1] > lat) != (edges[:, 3] > lat)].T
        crossings = np.sort(lon0 + (lat - lat0) / (lat1 - lat0) * (lon1 - lon0))
        inside[row] = np.searchsorted(crossings, fine_lon) % 2
    cells = inside.reshape(n_lat, samples, n_lon, samples).mean(axis=(1, 3))
    return np.roll(cells, n_lon // 2, axis=1)
