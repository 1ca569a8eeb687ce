//! The projection chooser: presets, and any PROJ string.

use super::Window;
use egui_kittest::kittest::Queryable as _;

fn drawn(window: &Window) -> String {
    window.app().state().picture.as_ref().map(|p| p.scene.view.projection.name().to_owned()).unwrap_or_default()
}

#[test]
fn a_preset_is_chosen_from_the_list() {
    let mut window = Window::with_sample();
    assert_eq!(drawn(&window), "Robinson");
    window.harness.get_by_role_and_label(egui::Role::ComboBox, "Projection").click();
    window.harness.run_steps(3);
    window.click("Mollweide");
    window.settle();
    assert_eq!(drawn(&window), "Mollweide");
}

#[test]
fn any_proj_string_draws_and_a_wrong_one_says_why() {
    let mut window = Window::with_sample();
    window.fill("PROJ string or code", "+proj=wintri +lon_0=150");
    window.settle();
    assert_eq!(drawn(&window), "+proj=wintri +lon_0=150");
    window.fill("PROJ string or code", "+proj=nonsense");
    window.settle();
    assert!(window.notices().iter().any(|n| n.contains("nonsense")), "{:?}", window.notices());
    assert_eq!(drawn(&window), "+proj=wintri +lon_0=150", "the last good picture stays");
}

#[test]
fn the_mouse_turns_the_globe_and_moves_flat_maps() {
    let mut window = Window::with_sample();
    let middle = window.harness.get_by_label_contains("Map of ").rect().center();
    let drag = |window: &mut Window| {
        window.harness.drag_at(middle);
        window.step();
        for i in 1..=10_u8 {
            window.harness.hover_at(middle + egui::vec2(6.0 * f32::from(i), 0.0));
            window.step();
        }
        window.harness.drop_at(middle + egui::vec2(60.0, 0.0));
        window.settle();
    };
    let camera = |window: &Window| window.app().state().view.camera.clone().unwrap();
    let before = camera(&window);
    drag(&mut window);
    assert!(camera(&window).centre[0] < before.centre[0], "the map did not move with the mouse");
    assert_eq!(camera(&window).projection, before.projection);

    window.harness.state_mut().send(graticule::window::Command::SetProjection(Some("orthographic".to_owned())));
    window.settle();
    let before = camera(&window).projection.centre();
    drag(&mut window);
    let after = camera(&window).projection.centre();
    assert!(after[0] < before[0] - 5.0, "the globe did not turn: {before:?} {after:?}");
}
