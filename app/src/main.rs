//! Starts the window on the paths given.

fn main() -> anyhow::Result<()> {
    let paths = std::env::args().skip(1).collect();
    graticule::window::run(graticule::window::Options { paths, ..Default::default() })
}
