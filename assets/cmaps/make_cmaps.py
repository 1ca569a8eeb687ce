#!/usr/bin/env python3
"""Writes cmaps.bin and names.txt: the colour tables of matplotlib and cmocean, unchanged.

Owns: which maps are bundled, their kind, and the file form (README.md).
Does not own: choosing a map for a variable.

    pip install matplotlib==3.11.2 && pip download --no-deps cmocean==4.0.3
    unzip cmocean-4.0.3-*.whl -d cmocean-4.0.3
    python3 make_cmaps.py cmocean-4.0.3/cmocean/rgb

Needs numpy and matplotlib. cmocean is read as text, so its package need not be installed.
"""

import struct
import sys
from pathlib import Path

import matplotlib
import numpy as np
from matplotlib.colors import LinearSegmentedColormap, ListedColormap

MAGIC, VERSION = b"GRTM", 1
LENGTH = 256
KINDS = ("sequential", "diverging", "cyclic", "categorical")
MATPLOTLIB = {
    "sequential": "viridis plasma inferno magma cividis turbo Greys",
    "diverging": "RdBu_r coolwarm PuOr BrBG Spectral_r",
    "cyclic": "twilight",
    "categorical": "tab20",
}
CMOCEAN = {
    "sequential": "thermal haline deep ice speed dense matter rain",
    "diverging": "balance delta curl",
    "cyclic": "phase",
}


def table(colormap, kind):
    """The map's own colours as bytes, as matplotlib itself rounds them.

    Longer tables (twilight 510, delta and curl 512) are interpolated to 256, as
    `cmocean.cm` does; categorical ones keep their length.
    """
    if kind != "categorical" and colormap.N != LENGTH:
        colours = colormap(np.arange(colormap.N))
        colormap = LinearSegmentedColormap.from_list("", colours, N=LENGTH)
    return colormap(np.arange(colormap.N), bytes=True)[:, :3]


def main():
    if len(sys.argv) != 2:
        sys.exit("usage: make_cmaps.py FOLDER_OF_cmocean_RGB_FILES")
    rgb = Path(sys.argv[1])
    maps = []
    for kind, names in MATPLOTLIB.items():
        maps += [(n, kind, "matplotlib", matplotlib.colormaps[n]) for n in names.split()]
    for kind, names in CMOCEAN.items():
        maps += [
            (n, kind, "cmocean", ListedColormap(np.loadtxt(rgb / f"{n}-rgb.txt")))
            for n in names.split()
        ]
    maps.sort(key=lambda m: KINDS.index(m[1]))

    body, lines = [MAGIC, struct.pack("<II", VERSION, len(maps))], []
    for name, kind, source, colormap in maps:
        colours = table(colormap, kind)
        body.append(struct.pack("<B", len(name)) + name.encode())
        body.append(struct.pack("<BH", KINDS.index(kind), len(colours)) + colours.tobytes())
        lines.append(f"{name}\t{kind}\t{source}\t{len(colours)}\n")
    here = Path(__file__).resolve().parent
    (here / "cmaps.bin").write_bytes(b"".join(body))
    (here / "names.txt").write_text("".join(lines), encoding="utf-8")
    print(f"{len(maps)} maps, {sum(map(len, body))} bytes")


if __name__ == "__main__":
    main()
