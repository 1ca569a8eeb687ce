"""A two-dimensional energy-balance climate model with diagnostic surface winds.

Owns: the equations, their parameters and their time stepping.
Does not own: files, packing and metadata.

Surface temperature T (°C) on the sphere, stepped daily over a 365-day year:

    C dT/dt = S(lat, day) (1 - albedo(T)) - (A + B T) + div(D grad T) - C_air u dT/dx + F

after Budyko (1969), Sellers (1969) and North et al. (1981): C is the heat capacity of land,
mixed layer or sea ice, S the daily mean insolation, u a fixed zonal-mean wind that carries heat,
F red noise in time and space and a slow oscillation in the tropical Pacific.
"""

from dataclasses import dataclass

import numpy as np

EARTH_RADIUS_M = 6.371e6
ROTATION = 7.292e-5
DAY_S = 86400.0
DAYS_PER_YEAR = 365

SOLAR_CONSTANT = 1361.0
OBLIQUITY = np.radians(23.44)
ECCENTRICITY = 0.0167
PERIHELION_DAY = 3.0
EQUINOX_DAY = 79.0

OLR_A, OLR_B = 199.0, 1.95  # W m-2, W m-2 K-1
OLR_ICE_SHEET = 35.0  # W m-2 more from high, dry ice sheets
DIFFUSIVITY_LAND, DIFFUSIVITY_OCEAN = 0.24, 0.56  # W m-2 K-1, for distances in radians
C_AIR, C_LAND, C_OCEAN, C_SEA_ICE = 1.0e7, 1.5e7, 2.2e8, 4.0e7  # J m-2 K-1
AIR_DENSITY = 1.2
FRICTION = 3.5e-5  # s-1
HEAT_LOW_PA_PER_K = 70.0


@dataclass
class Grid:
    """A regular grid of cells, south to north and 0° to 360° east; angles in radians."""

    n_lat: int
    n_lon: int

    def __post_init__(self):
        self.dlat, self.dlon = np.pi / self.n_lat, 2 * np.pi / self.n_lon
        self.lat_edges = np.linspace(-np.pi / 2, np.pi / 2, self.n_lat + 1)
        self.lat = (self.lat_edges[:-1] + self.lat_edges[1:]) / 2
        self.lon = (np.arange(self.n_lon) + 0.5) * self.dlon
        self.cos = np.cos(self.lat)[:, None]
        self.weight = np.diff(np.sin(self.lat_edges))[:, None] / 2

    def mean(self, field):
        """Area mean over the sphere."""
        return float(field.mean(axis=1) @ self.weight[:, 0])

    def gradient(self, field):
        """Eastward and northward derivative per metre."""
        east = np.roll(field, -1, 1) - np.roll(field, 1, 1)
        north = np.gradient(field, axis=0)
        return east / (2 * self.dlon * self.cos * EARTH_RADIUS_M), north / (self.dlat * EARTH_RADIUS_M)


def insolation(grid, day):
    """Daily mean insolation (W m-2) for each latitude, as a column."""
    turn = 2 * np.pi / DAYS_PER_YEAR
    # True longitude by the first-order equation of the centre, from the March equinox.
    def anomaly(d):
        m = turn * (d - PERIHELION_DAY)
        return m + 2 * ECCENTRICITY * np.sin(m)

    declination = np.arcsin(np.sin(OBLIQUITY) * np.sin(anomaly(day) - anomaly(EQUINOX_DAY)))
    distance2 = (1 + ECCENTRICITY * np.cos(anomaly(day))) ** 2
    hour = np.arccos(np.clip(-np.tan(grid.lat) * np.tan(declination), -1, 1))
    sun = hour * np.sin(grid.lat) * np.sin(declination)
    sun = sun + np.cos(grid.lat) * np.cos(declination) * np.sin(hour)
    return (SOLAR_CONSTANT / np.pi * distance2 * sun)[:, None]


def solve_tridiagonal(lower, diagonal, upper, right):
    """Thomas' algorithm along axis 0, for all columns at once."""
    n = diagonal.shape[0]
    ratio, x = np.empty_like(right), np.empty_like(right)
    ratio[0], x[0] = upper[0] / diagonal[0], right[0] / diagonal[0]
    for i in range(1, n):
        pivot = diagonal[i] - lower[i] * ratio[i - 1]
        ratio[i] = upper[i] / pivot
        x[i] = (right[i] - lower[i] * x[i - 1]) / pivot
    for i in range(n - 2, -1, -1):
        x[i] -= ratio[i] * x[i + 1]
    return x


def solve_cyclic(lower, diagonal, upper, right):
    """A periodic tridiagonal system along axis 0, by Sherman and Morrison."""
    gamma = -diagonal[0]
    d = diagonal.copy()
    d[0] -= gamma
    d[-1] -= upper[-1] * lower[0] / gamma
    u = np.zeros_like(right)
    u[0], u[-1] = gamma, upper[-1]
    y, q = np.split(
        solve_tridiagonal(*(np.concatenate([m, m], 1) for m in (lower, d, upper)),
                          np.concatenate([right, u], 1)), 2, axis=1)
    factor = (y[0] + lower[0] * y[-1] / gamma) / (1 + q[0] + lower[0] * q[-1] / gamma)
    return y - factor * q


def step_between(value, cold, warm):
    """1 below `cold`, 0 above `warm`, smooth between."""
    t = np.clip((value - cold) / (warm - cold), 0, 1)
    return 1 - t * t * (3 - 2 * t)


class Model:
    """Invariant: `temperature` is finite, in °C, shape (lat, lon)."""

    def __init__(self, grid, land, seed):
        self.grid, self.land = grid, land
        self.random = np.random.default_rng(seed)
        lat, lon = np.degrees(grid.lat)[:, None], np.degrees(grid.lon)[None]
        greenland = (lat > 60) & (lat < 84) & (lon > 295) & (lon < 341)
        self.ice_sheet = land * ((lat < -63) | greenland)
        self.temperature = 30 - 55 * np.sin(grid.lat)[:, None] ** 2 + 0 * land
        # The zonal-mean wind that carries heat: westerly in middle latitudes, easterly in the tropics.
        wind = np.interp(np.abs(lat), [0, 15, 28, 45, 62, 78, 90], [-2.5, -2.5, 0.0, 4.5, 2.0, -0.5, 0.0])
        self.carry = C_AIR * wind / (EARTH_RADIUS_M * grid.cos * grid.dlon)
        self.diffusivity = DIFFUSIVITY_OCEAN + (DIFFUSIVITY_LAND - DIFFUSIVITY_OCEAN) * land
        self.weather = np.zeros_like(land)
        self.pacific = np.zeros(2)
        self.pacific_pattern = (1 - land) * np.exp(-((lat / 9) ** 2)) * np.exp(-(((lon - 240) / 38) ** 2))

    def albedo(self):
        """Planetary albedo with clouds (rising polewards), snow, sea ice and ice sheets."""
        sin2 = np.sin(self.grid.lat)[:, None] ** 2
        clear = 0.303 + 0.08 * sin2 - 0.012 * self.land
        snow = step_between(self.temperature, -12, 0)
        frozen = self.land * (0.50 + 0.06 * sin2) + (1 - self.land) * (0.52 + 0.06 * sin2)
        surface = clear + (frozen - clear) * snow
        return surface + (np.maximum(surface, 0.66) - surface) * self.ice_sheet

    def heat_capacity(self):
        ice = step_between(self.temperature, -6, -1)
        ocean = C_OCEAN + (C_SEA_ICE - C_OCEAN) * ice
        # Mixed over a cell by the mean of the logarithms: a coastal cell is neither land nor sea.
        return np.exp(self.land * np.log(C_LAND) + (1 - self.land) * np.log(ocean))

    def forcing(self):
        """Random heating (W m-2): weather with a memory of 12 days, and the Pacific oscillation."""
        noise = self.random.standard_normal(self.land.shape) / np.sqrt(self.grid.cos)
        noise = self.diffuse(noise, np.ones_like(noise), 0.012)
        memory = np.exp(-1 / 12)
        self.weather = memory * self.weather + np.sqrt(1 - memory**2) * noise
        # A damped oscillator of about 3.5 years, kept going by noise.
        turn, decay = 2 * np.pi / (3.5 * DAYS_PER_YEAR), 1 / (2.0 * DAYS_PER_YEAR)
        a, b = self.pacific
        self.pacific = np.array([a + turn * b - decay * a, b - turn * a - decay * b])
        self.pacific += 0.035 * self.random.standard_normal(2)
        strength = 300.0 * np.sin(np.abs(self.grid.lat))[:, None] + 90.0
        return strength * self.weather + 14.0 * self.pacific[0] * self.pacific_pattern

    def diffuse(self, field, capacity, amount, carry=0.0):
        """One implicit step of diffusion by `amount` (and advection): east-west, north-south."""
        grid = self.grid
        capacity, amount, carry = (v + 0 * field for v in (capacity, amount, carry))
        k = (amount + np.roll(amount, 1, axis=1)) / 2 / (grid.cos * grid.dlon) ** 2
        lower = (-k - np.maximum(carry, 0)).T.copy()
        upper = (-np.roll(k, -1, axis=1) + np.minimum(carry, 0)).T.copy()
        field = solve_cyclic(lower, capacity.T - lower - upper, upper, (capacity * field).T).T
        flux = np.zeros((grid.n_lat + 1, grid.n_lon))  # none through the poles
        flux[1:-1] = (amount[1:] + amount[:-1]) / 2 * np.cos(grid.lat_edges)[1:-1, None]
        lower, upper = (-f / (grid.cos * grid.dlat**2) for f in (flux[:-1], flux[1:]))
        return solve_tridiagonal(lower, capacity - lower - upper, upper, capacity * field)

    def step(self, day):
        """Advances one day."""
        absorbed = insolation(self.grid, day) * (1 - self.albedo())
        source = absorbed - OLR_A - OLR_ICE_SHEET * self.ice_sheet + self.forcing()
        capacity = self.heat_capacity() / DAY_S
        field = (capacity * self.temperature + source) / (capacity + OLR_B)
        self.temperature = self.diffuse(field, capacity, self.diffusivity, self.carry)

    def winds(self, temperature):
        """Eastward and northward surface wind (m s-1) that balance a mean temperature field.

        Zonal mean: the westerly stress follows baroclinicity, |dT/dy|, without net torque; the
        meridional part balances it by friction. Departures from the zonal mean: warm surfaces
        make heat lows, cold ones highs, and the wind is geostrophic with linear friction.
        """
        grid = self.grid
        f = 2 * ROTATION * np.sin(grid.lat)[:, None]
        smooth = self.diffuse(temperature, np.ones_like(temperature), 0.003)
        zonal = smooth.mean(axis=1, keepdims=True) + 0 * smooth
        steep = np.abs(self.diffuse(grid.gradient(zonal)[1], np.ones_like(zonal), 0.012)) * grid.cos
        torque = grid.cos * steep
        steep = steep - grid.cos**2 * grid.mean(torque) / grid.mean(grid.cos**3)
        u = 1.5e6 * steep
        v = FRICTION * u * f / (f**2 + FRICTION**2)
        east, north = grid.gradient(-HEAT_LOW_PA_PER_K * (smooth - zonal) / AIR_DENSITY)
        damp = FRICTION**2 + f**2
        u = u - (FRICTION * east + f * north) / damp
        v = v + (f * east - FRICTION * north) / damp
        return u, v
