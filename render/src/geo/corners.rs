//! Owns the corners of curvilinear cells: made from centres where a file gives none, and
//! checked where it does. Knows nothing of projections.

use std::sync::Arc;

type Corners = (Arc<[f64]>, Arc<[f64]>);

/// A cell wider than this has no believable outline (a row that closes a tripolar fold, a
/// land cell filled with zeros).
const WIDEST_CELL_COS: f64 = 0.5;

/// Corners from centres: the mean of the four cells around each corner, on the sphere, so
/// that neither the seam nor a pole needs care. At the rim the corner is mirrored outwards.
pub(super) fn from_centres(nx: usize, ny: usize, lon: &[f64], lat: &[f64]) -> Corners {
    let centre: Vec<[f64; 3]> = lon.iter().zip(lat).map(|(lon, lat)| unit(*lon, *lat)).collect();
    // One ring of extrapolated cells around the grid lets every corner be a mean of four.
    let at = |j: isize, i: isize| -> [f64; 3] {
        let inside = |v: isize, n: usize| usize::try_from(v).unwrap_or(0).min(n - 1);
        let (cj, ci) = (inside(j, ny), inside(i, nx));
        let here = centre[cj * nx + ci];
        let (dj, di) = (j - cj.cast_signed(), i - ci.cast_signed());
        if dj == 0 && di == 0 {
            return here;
        }
        let (bj, bi) = (inside(cj.cast_signed() - dj, ny), inside(ci.cast_signed() - di, nx));
        let back = centre[bj * nx + bi];
        [2.0 * here[0] - back[0], 2.0 * here[1] - back[1], 2.0 * here[2] - back[2]]
    };
    let corner = |j: usize, i: usize, own: [f64; 3]| -> [f64; 2] {
        let (j, i) = (j.cast_signed(), i.cast_signed());
        let around = [at(j - 1, i - 1), at(j - 1, i), at(j, i - 1), at(j, i)];
        let mut sum = [0.0; 3];
        // Neighbours without a place, or far away, do not pull the corner.
        for p in around.iter().filter(|p| dot(**p, own) > WIDEST_CELL_COS) {
            (0..3).for_each(|k| sum[k] += p[k]);
        }
        lonlat(sum)
    };
    let mut lons = Vec::with_capacity(4 * nx * ny);
    let mut lats = Vec::with_capacity(4 * nx * ny);
    for j in 0..ny {
        for i in 0..nx {
            let own = centre[j * nx + i];
            for (dj, di) in [(0, 0), (0, 1), (1, 1), (1, 0)] {
                let [lon, lat] = corner(j + dj, i + di, own);
                lons.push(lon);
                lats.push(lat);
            }
        }
    }
    checked(&lons, &lats)
}

/// Blanks cells whose corners are no outline: missing, all in one point, or far apart.
pub(super) fn checked(lon: &[f64], lat: &[f64]) -> Corners {
    let mut lons = lon.to_vec();
    let mut lats = lat.to_vec();
    for (lon, lat) in lons.as_chunks_mut::<4>().0.iter_mut().zip(lats.as_chunks_mut::<4>().0) {
        let p: Vec<[f64; 3]> = lon.iter().zip(lat.iter()).map(|(lon, lat)| unit(*lon, *lat)).collect();
        let whole = lat.iter().all(|v| v.abs() <= 90.0 + 1e-6);
        let near = p.iter().all(|q| dot(*q, p[0]) > WIDEST_CELL_COS);
        let area =
            lon.iter().any(|v| v.to_bits() != lon[0].to_bits()) && lat.iter().any(|v| v.to_bits() != lat[0].to_bits());
        if !(whole && near && area) {
            *lon = [f64::NAN; 4];
            *lat = [f64::NAN; 4];
        }
    }
    (lons.into(), lats.into())
}

fn unit(lon: f64, lat: f64) -> [f64; 3] {
    let (lon, lat) = (lon.to_radians(), lat.to_radians());
    [lat.cos() * lon.cos(), lat.cos() * lon.sin(), lat.sin()]
}

fn lonlat(v: [f64; 3]) -> [f64; 2] {
    let flat = v[0].hypot(v[1]);
    if flat == 0.0 && v[2] == 0.0 {
        return [f64::NAN, f64::NAN];
    }
    [v[1].atan2(v[0]).to_degrees(), v[2].atan2(flat).to_degrees()]
}

fn dot(a: [f64; 3], b: [f64; 3]) -> f64 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}
