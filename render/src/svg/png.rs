//! Owns the way from SVG text to pixels and PNG bytes, with the bundled fonts only, so that a
//! figure looks the same on every machine. Knows nothing of scenes' contents.

use std::io::Cursor;
use std::sync::{Arc, OnceLock};

use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{ExtendedColorType, ImageEncoder};
use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::{Options, Tree, fontdb};

use super::document::to_svg;
use crate::RenderError;
use crate::scene::Scene;

const REGULAR: &[u8] = include_bytes!("../../../assets/fonts/Inter-Regular.ttf");
const SEMI_BOLD: &[u8] = include_bytes!("../../../assets/fonts/Inter-SemiBold.ttf");

/// The scene as a PNG of `scene.size_px` pixels.
///
/// # Errors
/// [`RenderError::Encode`] when the picture is too large for memory or cannot be packed.
pub fn to_png(scene: &Scene) -> Result<Vec<u8>, RenderError> {
    let rgba = pixels(scene)?;
    let [width, height] = scene.size_px;
    encode(&rgba, width, height)
}

/// The scene as `scene.size_px` pixels, rows from the top, straight-alpha RGBA bytes.
///
/// # Errors
/// As [`to_png`].
pub fn pixels(scene: &Scene) -> Result<Vec<u8>, RenderError> {
    let failed = |reason: String| RenderError::Encode { format: "PNG", reason };
    let svg = to_svg(scene)?;
    let options = Options { font_family: "Inter".to_owned(), fontdb: fonts(), ..Options::default() };
    let tree = Tree::from_str(&svg, &options).map_err(|e| failed(e.to_string()))?;
    let [width, height] = scene.size_px;
    let mut pixmap =
        Pixmap::new(width, height).ok_or_else(|| failed(format!("{width} × {height} pixels do not fit")))?;
    let scale = [width as f32 / tree.size().width(), height as f32 / tree.size().height()];
    resvg::render(&tree, Transform::from_scale(scale[0], scale[1]), &mut pixmap.as_mut());
    Ok(pixmap.take_demultiplied())
}

/// The bundled fonts, parsed once.
fn fonts() -> Arc<fontdb::Database> {
    static FONTS: OnceLock<Arc<fontdb::Database>> = OnceLock::new();
    let made = FONTS.get_or_init(|| {
        let mut fonts = fontdb::Database::new();
        fonts.load_font_data(REGULAR.to_vec());
        fonts.load_font_data(SEMI_BOLD.to_vec());
        fonts.set_sans_serif_family("Inter");
        Arc::new(fonts)
    });
    Arc::clone(made)
}

/// Packs straight-alpha RGBA bytes as PNG.
pub(super) fn encode(rgba: &[u8], width: u32, height: u32) -> Result<Vec<u8>, RenderError> {
    let mut out = Cursor::new(Vec::new());
    PngEncoder::new_with_quality(&mut out, CompressionType::Default, FilterType::Adaptive)
        .write_image(rgba, width, height, ExtendedColorType::Rgba8)
        .map_err(|e| RenderError::Encode { format: "PNG", reason: e.to_string() })?;
    Ok(out.into_inner())
}
