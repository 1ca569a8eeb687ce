//! Cases with other data and other shapes, and with functions of the recipe's own.

use super::Within::{self, Bits, Functions, Sums};
use super::{GAPS, HOURLY, MONTHLY, compare_all};
use std::path::Path;

/// Functions that the steps of all cases may use.
pub(super) const FUNCTIONS: &[&str] = &[
    "three(x) = 3",
    "turned(a, b) = b * 2 - a",
    "chill(t, v) = 13.12 + 0.6215 * t - 11.37 * v ** 0.16 + 0.3965 * t * v ** 0.16",
    "capped(x, most) = where(x > most, most, max(x, -most, 0 * e))",
    "both(a, b) = chill(a, abs(b)) + capped(a > b, 2) * pi",
];

/// Input, steps, tolerance. The last step's operation is the one tested.
pub(super) const CASES: &[(&str, &[&str], Within)] = &[
    (HOURLY, &["expr a='chill(u, abs(v))' b='capped(count, 30) + 1' c='both(u - 1, v)'"], Functions),
    (HOURLY, &["expr a='three(u)' b='three(u) * v' c='where(u > three(v), three(u), u)'"], Functions),
    (HOURLY, &["expr a='turned(lat, lon)' b='turned(u, mask) + three(lon)'"], Functions),
    (HOURLY, &["where 'capped(u, 3) > chill(1, 2) - 10'"], Bits),
    (GAPS, &["fillna value='chill(n, 3)'"], Functions),
    (HOURLY, &["isel time=0:50", "concat file=parity_6hourly.nc dim=time"], Bits),
    (HOURLY, &["fillna value=0", "concat file=parity_6hourly.nc dim=run"], Bits),
    (HOURLY, &["isel lat=3,1", "concat file=parity_6hourly.nc dim=lat"], Bits),
    (HOURLY, &["concat file=parity_6hourly.nc dim=run labels=3,7.5"], Bits),
    (HOURLY, &["astype float64", "isel time=0:9 lon=1:4", "concat file=parity_6hourly.nc dim=time join=inner"], Bits),
    (MONTHLY, &["isel time=7:50 lat=::-1", "concat file=parity_monthly.nc dim=time join=left"], Bits),
    (MONTHLY, &["isel level=0:2", "concat file=parity_monthly.nc dim=level"], Bits),
    (MONTHLY, &["isel time=7:50", "concat file=parity_monthly.nc dim=case labels=a,b join=outer"], Bits),
    (GAPS, &["isel time=100:150", "concat file=parity_gaps.nc dim=time"], Bits),
    (GAPS, &["isel x=3,0,1", "concat file=parity_gaps.nc dim=new join=outer"], Bits),
    (HOURLY, &["select u,mask", "isel time=0:50", "concat file=parity_6hourly.nc dim=time"], Bits),
    (HOURLY, &["expr 'a = u + v' 'b = mask * 2'", "isel time=9:40", "concat file=parity_6hourly.nc dim=time"], Bits),
    (HOURLY, &["select count", "expr 'a = count > 3' 'b = lat + lon'", "concat file=parity_6hourly.nc dim=run"], Bits),
    (MONTHLY, &["select t", "isel level=0:2", "concat file=parity_monthly.nc dim=level"], Bits),
    (HOURLY, &["merge file=parity_6hourly.nc prefix=b_"], Bits),
    (HOURLY, &["isel time=3", "rename u=u3 v=v3 count=c3", "merge file=parity_6hourly.nc"], Bits),
    (MONTHLY, &["isel level=1", "merge file=parity_monthly.nc prefix=all_"], Bits),
    (HOURLY, &["isel time=10:60 lat=::-1", "merge file=parity_6hourly.nc prefix=b_ join=outer"], Bits),
    (
        HOURLY,
        &["isel time=0:200:3 lon=1:4", "merge file=parity_6hourly.nc prefix=b_ variables=count,mask join=inner"],
        Bits,
    ),
    (MONTHLY, &["isel time=5:30 lat=::-1", "merge file=parity_monthly.nc prefix=b_ join=left"], Bits),
    (MONTHLY, &["select t", "isel time=5:30", "merge file=parity_monthly.nc variables=p join=outer"], Bits),
    (GAPS, &["isel time=20:90 x=3,1", "merge file=parity_gaps.nc prefix=of_ join=outer"], Bits),
    (GAPS, &["merge file=parity_gaps.nc"], Bits),
    (MONTHLY, &["merge file=parity_monthly.nc prefix=b_", "expr 'd = t - b_t + b_p'"], Functions),
    (HOURLY, &["stack z=lat,lon"], Bits),
    (MONTHLY, &["stack z=lon,time"], Bits),
    (GAPS, &["stack all=x,time"], Bits),
    (HOURLY, &["stack z=time,lat,lon", "mean z"], Sums),
    (HOURLY, &["stack z=lat,lon", "unstack dim=z levels=lat,lon"], Bits),
    (HOURLY, &["stack z=lat,lon", "isel z=20,3,11,7", "unstack dim=z levels=lon,lat"], Bits),
    (MONTHLY, &["stack z=lat,level", "isel z=::2", "unstack dim=z levels=lat,level"], Bits),
    (GAPS, &["stack z=x,time", "isel z=5:300", "unstack dim=z levels=time,x"], Bits),
    (GAPS, &["isel x=3,0,4", "stack z=x", "unstack dim=z levels=x"], Bits),
    (HOURLY, &["groupby by=mask"], Sums),
    (HOURLY, &["groupby by=mask reduce=std ddof=1"], Sums),
    (HOURLY, &["groupby by=mask bins=-1,0,2 reduce=count"], Sums),
    (MONTHLY, &["expr 'warm = round(p / 10) * 1.5'", "groupby by=warm reduce=sum"], Sums),
    (MONTHLY, &["expr 'cold = where(t < 250, 1, nan)'", "groupby by=cold reduce=min"], Bits),
    (GAPS, &["groupby by=n bins=0,300,500,1000 reduce=max"], Bits),
    (HOURLY, &["select u,v", "fillna value=0", "regrid grid=parity_monthly.nc"], Sums),
    (HOURLY, &["regrid grid=parity_monthly.nc method=nearest"], Sums),
    (MONTHLY, &["regrid grid=parity_6hourly.nc method=conservative"], Sums),
];

/// Cases on the real files of `shared/data`.
pub(super) const REAL: &[(&str, &[&str], Within)] = &[
    ("basin_mask.nc", &["expr 'twice = basin * 2'", "groupby by=basin"], Sums),
    ("tos_O1_2001-2002.nc", &["isel time=0:2", "regrid grid=air_temperature_subset.nc method=nearest"], Sums),
    ("tos_O1_2001-2002.nc", &["isel time=0:9", "concat file=tos_O1_2001-2002.nc dim=time"], Bits),
    ("ostia_monthly.nc", &["isel time=3:9", "merge file=ostia_v2_plain.zarr prefix=z_ join=left"], Bits),
];

#[test]
fn other_data_and_shapes_give_what_xarray_gives() {
    compare_all(&Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures"), CASES);
}
