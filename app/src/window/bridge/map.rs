//! Draws the layers of a picture into egui's render pass.

use crate::window::state::Picture;
use eframe::egui_wgpu::{self, CallbackResources, CallbackTrait, ScreenDescriptor};
use eframe::wgpu;
use egui::{PaintCallbackInfo, Rect, Ui};
use graticule_render::geo::MapView;
use graticule_render::gpu::GpuMap;
use graticule_render::scene::Scene;
use std::sync::Arc;

/// Draws maps on the window's graphics device.
#[derive(Debug)]
pub struct MapPainter(());

/// What stands on the device, kept by egui's renderer.
struct OnDevice {
    map: GpuMap,
    scene: Option<Arc<Scene>>,
}

impl MapPainter {
    /// Compiles the shaders for the window's device.
    #[must_use]
    pub fn new(render: &egui_wgpu::RenderState) -> Self {
        let map = GpuMap::new(&render.device, render.target_format);
        render.renderer.write().callback_resources.insert(OnDevice { map, scene: None });
        Self(())
    }

    /// Draws a picture into `rect`, moved to where the camera looks.
    pub fn paint(&self, ui: &Ui, rect: Rect, picture: &Picture, camera: &MapView) {
        let callback = Callback { scene: Arc::clone(&picture.scene), camera: camera.clone() };
        ui.painter().with_clip_rect(rect).add(egui_wgpu::Callback::new_paint_callback(rect, callback));
    }
}

struct Callback {
    scene: Arc<Scene>,
    camera: MapView,
}

impl CallbackTrait for Callback {
    fn prepare(
        &self,
        device: &wgpu::Device,
        queue: &wgpu::Queue,
        _screen: &ScreenDescriptor,
        _encoder: &mut wgpu::CommandEncoder,
        resources: &mut CallbackResources,
    ) -> Vec<wgpu::CommandBuffer> {
        let Some(on_device) = resources.get_mut::<OnDevice>() else { return Vec::new() };
        if on_device.scene.as_ref().is_none_or(|s| !Arc::ptr_eq(s, &self.scene)) {
            match on_device.map.prepare(device, queue, &self.scene) {
                Ok(_) => {}
                Err(error) => tracing::error!("{error}"),
            }
            on_device.scene = Some(Arc::clone(&self.scene));
        }
        // False for a globe turned since: it is drawn as it was until its own picture is there.
        on_device.map.set_view_transform(queue, &self.camera);
        Vec::new()
    }

    fn paint(&self, info: PaintCallbackInfo, pass: &mut wgpu::RenderPass<'static>, resources: &CallbackResources) {
        let Some(on_device) = resources.get::<OnDevice>() else { return };
        let viewport = info.viewport_in_pixels();
        #[expect(clippy::cast_precision_loss, reason = "pixels of a screen")]
        pass.set_viewport(
            viewport.left_px as f32,
            viewport.top_px as f32,
            viewport.width_px as f32,
            viewport.height_px as f32,
            0.0,
            1.0,
        );
        on_device.map.paint(pass);
    }
}
