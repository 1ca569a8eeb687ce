#!/usr/bin/env python3
"""Turns Natural Earth land and countries into Graticule's compact coast files.

Owns: reading the TopoJSON of npm `world-atlas`, cutting polygons at the antimeridian,
dropping the edges that are no coast, and writing FORMAT.md's binary form.
Does not own: projecting or drawing.

    npm pack world-atlas@2.0.2 && tar xzf world-atlas-2.0.2.tgz
    python3 convert.py package            # writes beside this script

Standard library only.
"""

import json
import struct
import sys
from collections import defaultdict
from pathlib import Path

MAGIC, VERSION = b"GRTC", 1
POLYGONS, LINES = 1, 2
UNITS_PER_DEGREE = 1000
LONGEST_EDGE_DEG = 10.0  # longer edges get points between: deltas fit i16, projections bend
POLE_CAP_LAT = -89.9  # the 50m file carries an artificial hole around the south pole


class Topology:
    """One TopoJSON file with its arcs decoded to degrees."""

    def __init__(self, path):
        topology = json.loads(Path(path).read_text(encoding="utf-8"))
        self.objects = topology["objects"]
        (sx, sy), (tx, ty) = topology["transform"]["scale"], topology["transform"]["translate"]
        self.arcs = []
        for arc in topology["arcs"]:
            x = y = 0
            points = []
            for dx, dy in arc:
                x, y = x + dx, y + dy
                points.append((round(x * sx + tx, 6), round(y * sy + ty, 6)))
            self.arcs.append(points)

    def arc(self, index):
        """An arc by its TopoJSON index; a negative one (`~i`) is arc `i` backwards."""
        return self.arcs[index] if index >= 0 else self.arcs[~index][::-1]

    def ring(self, indices):
        """Arcs joined end to end, the shared points written once."""
        points = list(self.arc(indices[0]))
        for index in indices[1:]:
            points.extend(self.arc(index)[1:])
        return points

    def polygons(self, geometry):
        """Arc indices of each polygon (exterior first, then holes)."""
        if geometry["type"] == "GeometryCollection":
            return [p for child in geometry["geometries"] for p in self.polygons(child)]
        if geometry["type"] == "Polygon":
            return [geometry["arcs"]]
        return geometry["arcs"] if geometry["type"] == "MultiPolygon" else []


def unwrap(ring):
    """Makes longitudes continuous (no jump over half a turn), starting in [-180, 180]."""
    points = [ring[0]]
    for lon, lat in ring[1:]:
        last = points[-1][0]
        points.append((round(last + (lon - last + 180.0) % 360.0 - 180.0, 6), lat))
    return points


def signed_area(ring):
    return sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(ring, ring[1:])) / 2


def close_over_south_pole(ring):
    """Makes a planar ring of one that goes once around the south pole (Antarctica)."""
    if ring[-1][0] < ring[0][0]:
        ring = ring[::-1]
    start = ring[0][0]
    # Cut where the ring crosses 180°, so that the result spans exactly [-180, 180].
    turn = [(lon - 360.0, lat) for lon, lat in ring] + ring[1:] + [
        (lon + 360.0, lat) for lon, lat in ring[1:]
    ]
    assert turn[0][0] == start - 360.0 and start <= 180.0
    coast = cut_open(turn, -180.0, 180.0)
    return [*coast, (180.0, -90.0), (-180.0, -90.0), coast[0]]


def cut_open(line, west, east):
    """The part of a line running eastwards from its last crossing of `west` to `east`."""
    first = max(i for i, p in enumerate(line) if p[0] <= west and p[0] > west - 180.0)
    last = min(i for i, p in enumerate(line) if p[0] >= east and i > first)
    inner = line[first + 1 : last]
    return [crossing(line[first], line[first + 1], west), *inner,
            crossing(line[last - 1], line[last], east)]


def crossing(a, b, lon):
    """The point where the segment a-b meets a meridian."""
    if a[0] == lon or a[0] == b[0]:
        return (lon, a[1])
    t = (lon - a[0]) / (b[0] - a[0])
    return (lon, a[1] + t * (b[1] - a[1]))


def clip(ring, cut, keep_west):
    """Rings of the part of a closed ring that lies on one side of the meridian `cut`."""
    inside = (lambda p: p[0] <= cut) if keep_west else (lambda p: p[0] >= cut)
    chains, open_chain = [], []
    for a, b in zip(ring, ring[1:]):
        if a[0] == cut and b[0] == cut:  # an edge along the cut is put back by the pairing below
            kept = []
        elif inside(a) and inside(b):
            kept = [a, b]
        elif inside(a) and a[0] != cut:
            kept = [a, crossing(a, b, cut)]
        elif inside(b) and b[0] != cut:
            kept = [crossing(a, b, cut), b]
        else:
            kept = []
        if kept and open_chain and open_chain[-1] == kept[0]:
            open_chain.append(kept[1])
        else:
            if open_chain:
                chains.append(open_chain)
            open_chain = kept
    if open_chain:
        chains.append(open_chain)
    if len(chains) > 1 and chains[-1][-1] == chains[0][0]:
        chains[0] = chains.pop() + chains[0][1:]
    closed = [c for c in chains if c[0] == c[-1]]
    return closed + join_along_cut([c for c in chains if c[0] != c[-1]])


def join_along_cut(chains):
    """Closes chains that end on the cut: inside lies between each pair of ends by latitude."""
    ends = sorted(
        ((c[at][1], i, at) for i, c in enumerate(chains) for at in (0, -1)), key=lambda e: e[0]
    )
    partner = {}
    for a, b in zip(ends[::2], ends[1::2]):
        partner[a[1:]], partner[b[1:]] = b[1:], a[1:]
    rings, done = [], set()
    for first in range(len(chains)):
        if first in done:
            continue
        points, chain, entry = [], first, 0
        while chain not in done:
            done.add(chain)
            points.extend(chains[chain] if entry == 0 else chains[chain][::-1])
            chain, entry = partner[(chain, -1 if entry == 0 else 0)]
        rings.append([*points, points[0]])
    return rings


def into_world(ring):
    """Closed rings within [-180, 180] that cover the same area as an unwrapped ring."""
    lons = [p[0] for p in ring]
    pieces = [ring]
    if max(lons) > 180.0:
        west, east = clip(ring, 180.0, True), clip(ring, 180.0, False)
        pieces = west + [[(x - 360.0, y) for x, y in r] for r in east]
    elif min(lons) < -180.0:
        east, west = clip(ring, -180.0, False), clip(ring, -180.0, True)
        pieces = east + [[(x + 360.0, y) for x, y in r] for r in west]
    return [r for r in pieces if abs(signed_area(r)) > 1e-9]


def contains(ring, point):
    x, y = point
    inside = False
    for (ax, ay), (bx, by) in zip(ring, ring[1:]):
        if (ay > y) != (by > y) and x < ax + (y - ay) / (by - ay) * (bx - ax):
            inside = not inside
    return inside


def land_polygons(topology):
    """Planar polygons in [-180, 180]: exteriors counter-clockwise, holes clockwise."""
    polygons = []
    for arcs in topology.polygons(topology.objects["land"]):
        rings = [unwrap(topology.ring(indices)) for indices in arcs]
        holes = [r for r in rings[1:] if max(p[1] for p in r) > POLE_CAP_LAT]
        if abs(rings[0][-1][0] - rings[0][0][0]) > 180.0:
            exteriors = [close_over_south_pole(rings[0])]
        else:
            exteriors = into_world(rings[0])
        pieces = [[oriented(exterior, 1)] for exterior in exteriors]
        for hole in (part for h in holes for part in into_world(h)):
            home = next(p for p in pieces if contains(p[0], hole[0]))
            home.append(oriented(hole, -1))
        polygons.extend(pieces)
    return polygons


def oriented(ring, sign):
    return ring if signed_area(ring) * sign > 0 else ring[::-1]


def is_artificial(a, b):
    """True for edges that close a planar polygon along the antimeridian or the pole."""
    return (abs(a[0]) >= 180.0 and a[0] == b[0]) or (a[1] <= -89.99 and b[1] <= -89.99)


def coast_lines(polygons):
    """Polylines of the real coast: the rings without their artificial edges."""
    lines = []
    for ring in (r for p in polygons for r in p):
        parts = [[ring[0]]]
        for a, b in zip(ring, ring[1:]):
            if is_artificial(a, b):
                parts.append([b])
            else:
                parts[-1].append(b)
        if len(parts) > 1 and parts[-1][-1] == parts[0][0]:
            parts[0] = parts.pop() + parts[0][1:]
        lines.extend(p for p in parts if len(p) > 1)
    return lines


def border_lines(topology):
    """Polylines along which two different countries meet, joined where exactly two arcs meet."""
    owners = defaultdict(set)
    for i, country in enumerate(topology.objects["countries"]["geometries"]):
        for polygon in topology.polygons(country):
            for index in (index for ring in polygon for index in ring):
                owners[index if index >= 0 else ~index].add(i)
    lines = {i: topology.arcs[i] for i, who in sorted(owners.items()) if len(who) > 1}
    ends = defaultdict(list)
    for i, line in lines.items():
        ends[line[0]].append(i)
        ends[line[-1]].append(i)
    for point, pair in ends.items():
        if len(pair) != 2 or pair[0] == pair[1]:
            continue
        a, b = pair
        head = lines[a] if lines[a][-1] == point else lines[a][::-1]
        tail = lines[b] if lines[b][0] == point else lines[b][::-1]
        joined = head + tail[1:]
        lines[a] = joined
        del lines[b]
        far = ends[joined[-1]]
        far[far.index(b)] = a
    return [part for line in lines.values() for part in split_at_seam(line)]


def split_at_seam(line):
    """Cuts a line where it would jump from one side of the map to the other."""
    parts = [[line[0]]]
    for a, b in zip(line, line[1:]):
        if abs(b[0] - a[0]) > 180.0:
            parts.append([b])
        elif not is_artificial(a, b):
            parts[-1].append(b)
    return [p for p in parts if len(p) > 1]


def densified(points):
    """Adds points to edges longer than LONGEST_EDGE_DEG."""
    result = [points[0]]
    for a, b in zip(points, points[1:]):
        steps = int(max(abs(b[0] - a[0]), abs(b[1] - a[1])) // LONGEST_EDGE_DEG) + 1
        for k in range(1, steps):
            t = k / steps
            result.append((a[0] + t * (b[0] - a[0]), a[1] + t * (b[1] - a[1])))
        result.append(b)
    return result


def encode_ring(points):
    grid = [(round(x * UNITS_PER_DEGREE), round(y * UNITS_PER_DEGREE)) for x, y in densified(points)]
    grid = grid[:1] + [b for a, b in zip(grid, grid[1:]) if a != b]
    parts = [struct.pack("<Iii", len(grid), *grid[0])]
    parts += [struct.pack("<hh", b[0] - a[0], b[1] - a[1]) for a, b in zip(grid, grid[1:])]
    return b"".join(parts)


def write(path, kind, items):
    """Writes polygons (lists of rings) or lines (lists of points) as FORMAT.md says."""
    shapes = items if kind == POLYGONS else [[line] for line in items]
    body = [MAGIC, struct.pack("<III", VERSION, kind, len(shapes))]
    for rings in shapes:
        body.append(struct.pack("<I", len(rings)))
        body.extend(encode_ring(ring) for ring in rings)
    data = b"".join(body)
    path.write_bytes(data)
    print(f"{path.name}: {len(shapes)} shapes, {len(data)} bytes")


def main():
    if len(sys.argv) != 2:
        sys.exit("usage: convert.py FOLDER_OF_THE_UNPACKED_world-atlas")
    source, here = Path(sys.argv[1]), Path(__file__).resolve().parent
    for scale in ("110m", "50m"):
        polygons = land_polygons(Topology(source / f"land-{scale}.json"))
        write(here / f"land_{scale}.bin", POLYGONS, polygons)
        write(here / f"coast_{scale}.bin", LINES, coast_lines(polygons))
        borders = border_lines(Topology(source / f"countries-{scale}.json"))
        write(here / f"borders_{scale}.bin", LINES, borders)


if __name__ == "__main__":
    main()
