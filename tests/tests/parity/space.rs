//! Cases of operations across space, of distances and of functions.

use super::Within::{self, Functions, Sums};
use super::{GAPS, HOURLY, MONTHLY};

/// Input, steps, tolerance. Labels of the inputs themselves are not among the targets of bilinear cases: there xarray
/// makes the result missing where the smaller neighbour is, though it has no share in it.
pub(super) const CASES: &[(&str, &[&str], Within)] = &[
    (MONTHLY, &["interp level=700"], Sums),
    (MONTHLY, &["interp level=700,300 method=log"], Sums),
    (HOURLY, &["interp lat=-44:44:8 lon=30.5,200"], Sums),
    (HOURLY, &["interp time=2000-01-01T03,2000-01-02T09:30 lat=12.5"], Sums),
    (HOURLY, &["interp lat=10,15,-70 lon=100 time=2000-01-03T04 method=nearest"], Sums),
    (GAPS, &["interp time=2000-03-15,2001-02-01T12 x=1.5"], Sums),
    (HOURLY, &["regrid lat=-55:55:22 lon=10:290:40"], Sums),
    (HOURLY, &["regrid grid=22.5"], Sums),
    (HOURLY, &["regrid grid=22.5 method=nearest"], Sums),
    (HOURLY, &["regrid grid=22.5 method=conservative"], Sums),
    (MONTHLY, &["regrid lon=-175:175:25"], Sums),
    (MONTHLY, &["regrid grid=30 method=conservative"], Sums),
    (MONTHLY, &["regrid lat=-80,0,80 lon=-30:30:20 method=conservative wrap=false"], Sums),
    (HOURLY, &["isel time=0", "cdist x=u y=v metric=cityblock"], Sums),
    (GAPS, &["cdist x=a y=n metric=sqeuclidean"], Sums),
    (GAPS, &["cdist x=n y=/n"], Sums),
    (GAPS, &["cdist x=n y=n", "mean time_2"], Sums),
    (HOURLY, &["differentiate lat"], Sums),
    (MONTHLY, &["differentiate lon edge_order=2"], Sums),
    (GAPS, &["differentiate time datetime_unit=D"], Sums),
    (HOURLY, &["astype float64"], Sums),
    (MONTHLY, &["select p", "astype float32"], Sums),
    (HOURLY, &["select count,mask", "astype int32"], Sums),
    (HOURLY, &["gradient var=u"], Sums),
    (MONTHLY, &["gradient var=t"], Sums),
    (MONTHLY, &["gradient p"], Sums),
    (HOURLY, &["divergence u=u v=v"], Sums),
    (MONTHLY, &["divergence u=t v=t"], Sums),
    (HOURLY, &["select u,v", "isel lon=1:5", "divergence"], Sums),
    (HOURLY, &["vorticity"], Sums),
    (MONTHLY, &["vorticity u=p v=p"], Sums),
    (HOURLY, &["isel lat=::-1 lon=::-1", "vorticity"], Sums),
    (
        HOURLY,
        &["expr a='log1p(abs(u)) + expm1(v / 9) + log2(abs(v) + 1)' b='clip(u, -1, 2) + trunc(v)' d='isfinite(u)'"],
        Functions,
    ),
    (
        HOURLY,
        &["expr a='tanh(u) + sinh(v / 9) - cosh(u / 9)' b='u % 0.7 + v // 0.3' c='u ** 2 - abs(v) ** 0.5'"],
        Functions,
    ),
];
