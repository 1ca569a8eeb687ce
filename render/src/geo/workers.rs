//! Owns the threads that lattices and lines are made on. They are apart from the engine's, so
//! that an export never makes a drag wait, and they live on, so that each makes its PROJ
//! objects once.

use std::sync::OnceLock;

use rayon::{ThreadPool, ThreadPoolBuilder};

/// More threads than this gain nothing: a lattice is milliseconds of work.
const MOST: usize = 8;

/// Runs `work`, whose parallel iterators then use these threads. Where the system grants no
/// threads it runs on the caller's pool.
pub(crate) fn run<R: Send>(work: impl FnOnce() -> R + Send) -> R {
    static POOL: OnceLock<Option<ThreadPool>> = OnceLock::new();
    let pool = POOL.get_or_init(|| {
        let threads = std::thread::available_parallelism().map_or(1, usize::from).min(MOST);
        ThreadPoolBuilder::new().num_threads(threads).thread_name(|i| format!("lattice-{i}")).build().ok()
    });
    match pool {
        Some(pool) => pool.install(work),
        None => work(),
    }
}
