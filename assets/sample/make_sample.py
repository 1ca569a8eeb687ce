#!/usr/bin/env python3
"""Runs the idealised climate and writes it as a CF-complete NetCDF-4 file.

Owns: the length of the run, packing, chunks and metadata of `idealised_climate.nc`.
Does not own: the equations (energy_balance.py) and the land mask (land_mask.py).

    pip install numpy==2.4.6 netCDF4==1.7.5.1
    python3 make_sample.py            # about a minute; the seed is fixed

Monthly means of six model years after twenty years of spin-up.
"""

from pathlib import Path

import numpy as np
from energy_balance import EARTH_RADIUS_M, Grid, Model
from land_mask import land_fraction
from netCDF4 import Dataset

HERE = Path(__file__).resolve().parent
MONTH_DAYS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
SPIN_UP_YEARS, YEARS, SEED = 20, 6, 2001
FILL = np.int16(-32768)
TITLE = "Idealised climate from a two-dimensional energy-balance model (not observations)"
COMMENT = (
    "IDEALISED MODEL OUTPUT, NOT OBSERVATIONS: a teaching and test data set. Surface temperature "
    "comes from an energy-balance model with seasonal insolation, heat capacities of land, ocean "
    "and sea ice, diffusion and zonal advection of heat, ice-albedo feedback and random forcing "
    "with a fixed seed. The winds are diagnosed from the temperature field. There is no "
    "topography and no water. The years are model years."
)


def run(model):
    """Monthly mean temperature (K) and winds (m s-1), each of shape (month, lat, lon)."""
    months = []
    for year in range(SPIN_UP_YEARS + YEARS):
        day = 0
        for length in MONTH_DAYS:
            total = 0.0
            for _ in range(length):
                model.step(day + 0.5)
                total = total + model.temperature
                day += 1
            if year >= SPIN_UP_YEARS:
                months.append(total / length)
    winds = [model.winds(t) for t in months]
    return np.array(months) + 273.15, np.array([u for u, _ in winds]), np.array([v for _, v in winds])


def coordinate(nc, name, values, bounds, **attributes):
    variable = nc.createVariable(name, "f8", (name,), chunksizes=(len(values),))
    variable.setncatts(attributes | {"bounds": f"{name}_bnds"})
    variable[:] = values
    edges = nc.createVariable(f"{name}_bnds", "f8", (name, "bnds"), chunksizes=(len(values), 2))
    edges[:] = np.stack([bounds[:-1], bounds[1:]], axis=1)


def height(nc, name, metres):
    variable = nc.createVariable(name, "f8", ())
    variable.setncatts(
        {"standard_name": "height", "long_name": "height above the surface", "units": "m", "positive": "up", "axis": "Z"}
    )
    variable[...] = metres


def packed(nc, name, values, scale, offset, **attributes):
    variable = nc.createVariable(
        name, "i2", ("time", "lat", "lon"), zlib=True, complevel=9, shuffle=True,
        fill_value=FILL, chunksizes=(12, *values.shape[1:]),
    )
    variable.setncatts({"scale_factor": scale, "add_offset": offset} | attributes)
    variable.set_auto_maskandscale(False)
    variable[:] = np.round((values - offset) / scale).astype("i2")


def static(nc, name, values, **attributes):
    variable = nc.createVariable(
        name, "f4", ("lat", "lon"), zlib=True, complevel=9, shuffle=True, chunksizes=values.shape
    )
    variable.setncatts(attributes)
    variable[:] = values


def write(path, grid, land, tas, uas, vas):
    with Dataset(path, "w", format="NETCDF4") as nc:
        nc.setncatts({
            "Conventions": "CF-1.11",
            "title": TITLE,
            "institution": "The Graticule developers",
            "source": "Two-dimensional energy-balance model after Budyko (1969), Sellers (1969) and "
                      "North et al. (1981); land mask from Natural Earth 1:50m",
            "history": "Written by assets/sample/make_sample.py of Graticule",
            "references": "Budyko 1969, doi:10.3402/tellusa.v21i5.10109; "
                          "North et al. 1981, doi:10.1029/RG019i001p00091",
            "comment": COMMENT,
            "license": "CC0-1.0",
        })
        nc.createDimension("time", None)
        for name, size in (("lat", grid.n_lat), ("lon", grid.n_lon), ("bnds", 2)):
            nc.createDimension(name, size)
        time = np.concatenate([[0], np.cumsum(MONTH_DAYS * YEARS)]).astype("f8")
        coordinate(nc, "time", (time[:-1] + time[1:]) / 2, time, standard_name="time",
                   long_name="time", units="days since 2001-01-01 00:00:00", calendar="noleap", axis="T")
        lat, lon = np.linspace(-90, 90, grid.n_lat + 1), np.linspace(0, 360, grid.n_lon + 1)
        coordinate(nc, "lat", (lat[:-1] + lat[1:]) / 2, lat, standard_name="latitude",
                   long_name="latitude", units="degrees_north", axis="Y")
        coordinate(nc, "lon", (lon[:-1] + lon[1:]) / 2, lon, standard_name="longitude",
                   long_name="longitude", units="degrees_east", axis="X")
        height(nc, "height2m", 2.0)
        height(nc, "height10m", 10.0)
        monthly = {"cell_methods": "area: time: mean", "cell_measures": "area: areacella"}
        packed(nc, "tas", tas, 0.01, 270.0, standard_name="air_temperature",
               long_name="Near-Surface Air Temperature", units="K", coordinates="height2m", **monthly)
        packed(nc, "uas", uas, 0.02, 0.0, standard_name="eastward_wind",
               long_name="Eastward Near-Surface Wind", units="m s-1", coordinates="height10m", **monthly)
        packed(nc, "vas", vas, 0.02, 0.0, standard_name="northward_wind",
               long_name="Northward Near-Surface Wind", units="m s-1", coordinates="height10m", **monthly)
        static(nc, "sftlf", 100 * land, standard_name="land_area_fraction", units="%",
               long_name="Percentage of the Grid Cell Occupied by Land",
               cell_methods="area: mean", cell_measures="area: areacella")
        area = 4 * np.pi * EARTH_RADIUS_M**2 * grid.weight / grid.n_lon
        static(nc, "areacella", area + 0 * land, standard_name="cell_area", units="m2",
               long_name="Grid-Cell Area for Atmospheric Grid Variables", cell_methods="area: sum")


def main():
    grid = Grid(90, 180)
    land = land_fraction(HERE.parent / "coast" / "land_50m.bin", grid.n_lat, grid.n_lon)
    tas, uas, vas = run(Model(grid, land, SEED))
    path = HERE / "idealised_climate.nc"
    write(path, grid, land, tas, uas, vas)
    mean = np.mean([grid.mean(month) for month in tas])
    print(f"{path.name}: {path.stat().st_size} bytes; mean {mean:.2f} K, "
          f"tas {tas.min():.1f} to {tas.max():.1f} K, wind up to {np.hypot(uas, vas).max():.1f} m s-1")


if __name__ == "__main__":
    main()
