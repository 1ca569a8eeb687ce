//! Which graphics adapters the machine has.

use pollster::block_on;
use wgpu::{Backends, Instance, InstanceDescriptor};

/// Each adapter as `name (kind, interface)`; empty where there is none. Asks the drivers, so not for a thread that draws.
#[must_use]
pub fn adapters() -> Vec<String> {
    let instance = Instance::new(InstanceDescriptor::new_without_display_handle());
    let found = block_on(instance.enumerate_adapters(Backends::all()));
    let name = |info: wgpu::AdapterInfo| format!("{} ({:?}, {})", info.name, info.device_type, info.backend);
    found.iter().map(|adapter| name(adapter.get_info())).collect()
}
