//! `graticule doctor`: what this build and this machine have, and what is missing.

use super::context::Context;
use super::output::{self, Output};
use graticule_core::session::libraries;
use graticule_render::geo::Projection;

pub(crate) fn run(cx: &Context) -> anyhow::Result<()> {
    let mut out = Output::stdout();
    let mut row = |name: &str, value: &str| out.line(&format!("{name:<12} {value}"));
    row("graticule", env!("CARGO_PKG_VERSION"))?;
    for (name, version) in libraries() {
        row(name, &version)?;
    }
    row("system", &format!("{} {}", std::env::consts::OS, std::env::consts::ARCH))?;
    row("threads", &cx.session.engine().threads().to_string())?;
    row("memory", &format!("{} budget", output::bytes(cx.session.engine().memory().budget)))?;
    let projection = Projection::parse("robinson").and_then(|p| p.transformer().map(drop));
    row("projections", &projection.map_or_else(|e| format!("missing: {e}"), |()| "PROJ works".to_owned()))?;
    row("sample", &crate::sample::path().map_or_else(|e| format!("missing: {e:#}"), |p| p.display().to_string()))?;
    row("display", display())?;
    let adapters = graticule_render::gpu::adapters();
    if adapters.is_empty() {
        row("graphics", "missing: no adapter, so no window; the commands work without one")?;
    }
    for adapter in adapters {
        row("graphics", &adapter)?;
    }
    Ok(out.finish()?)
}

fn display() -> &'static str {
    let set = |name: &str| std::env::var_os(name).is_some_and(|v| !v.is_empty());
    if cfg!(any(windows, target_os = "macos")) || set("WAYLAND_DISPLAY") || set("DISPLAY") {
        "there"
    } else {
        "missing: neither DISPLAY nor WAYLAND_DISPLAY is set, so no window; the commands work without one"
    }
}
