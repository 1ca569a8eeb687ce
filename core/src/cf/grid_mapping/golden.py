"""Checks the PROJ strings of golden.txt against pyproj's own reading of the same CF attributes (pyproj.CRS.from_cf).

Run with pyproj 3.7 and cartopy 0.25 or later: python golden.py. Points all over the globe must land within a millimetre, or within 1e-8
degrees for the systems in degrees; both must agree on which points cannot be shown.
"""

import pathlib
import sys

import cartopy.crs
import numpy as np
import pyproj

np.seterr(invalid="ignore")
lon, lat = np.meshgrid(np.arange(-179.0, 180.0, 7.3), np.arange(-89.0, 89.5, 4.7))
failed = 0
for line in pathlib.Path(__file__).with_name("golden.txt").read_text().splitlines():
    given, ours = line.split("|")
    attrs = {}
    for pair in given.split(";"):
        name, value = pair.split("=", 1)
        try:
            numbers = [float(v) for v in value.split(",")]
            attrs[name] = numbers[0] if len(numbers) == 1 else numbers
        except ValueError:
            attrs[name] = value
    if attrs["grid_mapping_name"] == "oblique_mercator":
        # pyproj takes a rectified grid angle of 0 here; iris and cartopy take PROJ's default, which CF's text points to.
        shape = {k: attrs.get(v) for k, v in (("a", "semi_major_axis"), ("rf", "inverse_flattening"), ("R", "earth_radius"))}
        globe = cartopy.crs.Globe(
            semimajor_axis=shape["a"] or shape["R"], inverse_flattening=shape["rf"],
            semiminor_axis=shape["R"], ellipse=None,
        )
        theirs = pyproj.CRS(
            cartopy.crs.ObliqueMercator(
                central_longitude=attrs["longitude_of_projection_origin"],
                central_latitude=attrs["latitude_of_projection_origin"],
                false_easting=attrs.get("false_easting", 0.0),
                scale_factor=attrs["scale_factor_at_projection_origin"],
                azimuth=attrs["azimuth_of_central_line"],
                globe=globe,
            ).proj4_init
            + " +type=crs"
        )
    else:
        theirs = pyproj.CRS.from_cf(attrs)
    results = []
    for crs in (theirs, pyproj.CRS(ours + " +type=crs")):
        base = crs.source_crs if crs.is_derived and crs.source_crs else crs.geodetic_crs
        go = pyproj.Transformer.from_crs(base, crs, always_xy=True)
        results.append(np.array(go.transform(lon, lat)))
    a, b = results
    degrees = theirs.is_geographic
    delta = np.abs(a - b)
    if degrees:
        delta[0] = np.minimum(delta[0] % 360, 360 - delta[0] % 360)
    same_domain = (np.isfinite(a) == np.isfinite(b)).all()
    worst = np.nanmax(np.where(np.isfinite(a) & np.isfinite(b), delta, 0))
    shape = theirs.ellipsoid, pyproj.CRS(ours + " +type=crs").ellipsoid
    same_shape = abs(shape[0].semi_major_metre - shape[1].semi_major_metre) < 1e-3 and abs(
        shape[0].semi_minor_metre - shape[1].semi_minor_metre
    ) < 1e-3
    good = same_domain and same_shape and worst < (1e-8 if degrees else 1e-3)
    failed += not good
    print("ok  " if good else "FAIL", f"{worst:.2e}", int(np.isfinite(a[0]).sum()), attrs["grid_mapping_name"], "" if good else f"{ours} {theirs.to_proj4()} domain {same_domain} shape {same_shape}")
sys.exit(failed > 0)
