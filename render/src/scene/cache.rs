//! Owns what one picture can take from an earlier one: lookups and projected lines, within a
//! budget of bytes, least recently used out first. Knows nothing of how they are drawn.

use std::sync::{Arc, Mutex, PoisonError};

use crate::RenderError;
use crate::geo::{CoastLines, Detail, Grid, Lookup, MapView, Paths, Projection, outline};

/// Lookups and projected lines shared by pictures. Share one per program; it may be used from
/// any thread.
#[derive(Debug)]
pub struct SceneCache {
    budget_bytes: usize,
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    /// Oldest use first.
    entries: Vec<(Key, Value)>,
    bytes: usize,
}

#[derive(Debug, Clone, PartialEq)]
enum Key {
    Lookup { view: MapView, grid: u64, overscan_px: u32, detail: Detail },
    Lines { projection: Projection, lines: CoastLines, level: i32 },
    Outline { projection: Projection },
}

#[derive(Debug, Clone)]
enum Value {
    Lookup(Arc<Lookup>),
    Paths(Arc<Paths>),
}

impl Value {
    fn bytes(&self) -> usize {
        match self {
            Self::Lookup(lookup) => lookup.bytes(),
            Self::Paths(paths) => paths.bytes(),
        }
    }
}

impl Default for SceneCache {
    fn default() -> Self {
        Self::new(64 << 20)
    }
}

impl SceneCache {
    /// An empty cache that holds at most about `budget_bytes`; the newest entry always stays.
    #[must_use]
    pub fn new(budget_bytes: usize) -> Self {
        Self { budget_bytes, kept: Mutex::default() }
    }

    /// Memory held.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).bytes
    }

    /// Forgets everything.
    pub fn clear(&self) {
        *self.kept.lock().unwrap_or_else(PoisonError::into_inner) = Kept::default();
    }

    /// The lookup of a grid in a view, made if it is not there.
    ///
    /// # Errors
    /// As [`Lookup::build`].
    pub fn lookup(
        &self,
        view: &MapView,
        grid: &Grid,
        overscan_px: u32,
        detail: Detail,
    ) -> Result<Arc<Lookup>, RenderError> {
        let key = Key::Lookup { view: view.clone(), grid: grid.key(), overscan_px, detail };
        let value =
            self.get_or(key, || Ok(Value::Lookup(Arc::new(Lookup::build(view, grid, overscan_px, detail)?))))?;
        match value {
            Value::Lookup(lookup) => Ok(lookup),
            Value::Paths(_) => Ok(Arc::new(Lookup::build(view, grid, overscan_px, detail)?)),
        }
    }

    /// Coast or borders on the plane of a projection, as exact as a scale of `units_per_px`
    /// asks for. Scales within a factor of two share one entry, so a zoom seldom waits.
    ///
    /// # Errors
    /// As [`CoastLines::projected`].
    pub fn lines(
        &self,
        projection: &Projection,
        lines: CoastLines,
        units_per_px: f64,
    ) -> Result<Arc<Paths>, RenderError> {
        let level = i32::try_from(crate::cast::floor_i64(units_per_px.abs().max(1e-9).log2().round())).unwrap_or(0);
        let detail = 2_f64.powi(level);
        let [west, _, east, _] = projection.home_bounds();
        let degrees = (detail * 360.0 / (east - west).max(f64::MIN_POSITIVE)).clamp(1e-6, 0.1);
        self.paths(Key::Lines { projection: projection.clone(), lines, level }, || {
            lines.projected(projection, 0.75 * detail, degrees)
        })
    }

    /// The edge of the projected world.
    ///
    /// # Errors
    /// As [`outline`].
    pub fn outline(&self, projection: &Projection) -> Result<Arc<Paths>, RenderError> {
        self.paths(Key::Outline { projection: projection.clone() }, || outline(projection))
    }

    fn paths(&self, key: Key, make: impl Fn() -> Result<Paths, RenderError>) -> Result<Arc<Paths>, RenderError> {
        match self.get_or(key, || Ok(Value::Paths(Arc::new(make()?))))? {
            Value::Paths(paths) => Ok(paths),
            Value::Lookup(_) => Ok(Arc::new(make()?)),
        }
    }

    /// Makes outside the lock: two threads may make the same thing, but none waits.
    fn get_or(&self, key: Key, make: impl FnOnce() -> Result<Value, RenderError>) -> Result<Value, RenderError> {
        if let Some(found) = self.touch(&key) {
            return Ok(found);
        }
        let value = make()?;
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.bytes += value.bytes();
        kept.entries.push((key, value.clone()));
        while kept.bytes > self.budget_bytes && kept.entries.len() > 1 {
            let (_, oldest) = kept.entries.remove(0);
            kept.bytes -= oldest.bytes();
        }
        Ok(value)
    }

    fn touch(&self, key: &Key) -> Option<Value> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let at = kept.entries.iter().position(|(k, _)| k == key)?;
        let entry = kept.entries.remove(at);
        let value = entry.1.clone();
        kept.entries.push(entry);
        Some(value)
    }
}
