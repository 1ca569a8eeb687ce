//! The map as it is drawn on the graphics device, compared with a stored picture.

use super::Window;
use egui_kittest::SnapshotOptions;
use egui_kittest::kittest::Queryable as _;

#[test]
fn the_map_of_the_sample_looks_as_it_did() {
    let mut window = Window::with([900.0, 560.0], true);
    window.click("Open the sample");
    window.settle();
    window.harness.remove_cursor();
    window.settle();
    let rect = window.harness.get_by_label_contains("Map of ").rect();
    let image = window.harness.render().unwrap();
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "pixels of a small picture")]
    let [x, y, w, h] = [rect.left(), rect.top(), rect.width(), rect.height()].map(|v| v.round() as u32);
    let map = image::imageops::crop_imm(&image, x, y, w, h).to_image();
    // Devices differ along the edges of cells and lines: a share of the pixels may be another cell's.
    let options = SnapshotOptions::new()
        .output_path(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/snapshots"))
        .threshold(2.0)
        .max_failed_pixels((w * h / 100) as usize);
    egui_kittest::image_snapshot_options(&map, "map_of_the_sample", &options);
}
