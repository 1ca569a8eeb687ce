//! The time slider: its labels are dates, the newest position wins, the colours stay.

use super::Window;
use egui::{Key, Modifiers};
use egui_kittest::kittest::Queryable as _;

#[test]
fn the_map_follows_the_slider_and_the_keys() {
    let mut window = Window::with_sample();
    let slider = window.harness.get_by_role_and_label(egui::Role::Slider, "time");
    slider.set_value_accesskit(30.0);
    window.step();
    window.settle();
    assert!(window.map_value().starts_with("2003-07-16"), "{}", window.map_value());
    window.key(Modifiers::NONE, Key::ArrowRight);
    window.key(Modifiers::SHIFT, Key::ArrowLeft);
    window.settle();
    assert!(window.map_value().starts_with("2002-10-16"), "{}", window.map_value());
    window.key(Modifiers::NONE, Key::End);
    window.key(Modifiers::NONE, Key::ArrowRight);
    window.settle();
    assert!(window.map_value().starts_with("2006-12-16"), "{}", window.map_value());
    window.key(Modifiers::NONE, Key::Home);
    window.settle();
    assert!(window.map_value().starts_with("2001-01-16"), "{}", window.map_value());
}

#[test]
fn a_drag_over_all_positions_ends_at_the_last_with_the_colours_of_the_first() {
    let mut window = Window::with_sample();
    let held = window.app().state().view.held.clone().unwrap();
    let rect = window.harness.get_by_role_and_label(egui::Role::Slider, "time").rect();
    window.harness.drag_at(rect.left_center() + egui::vec2(8.0, 0.0));
    for i in 1..=100_u8 {
        let x = rect.left() + 8.0 + (rect.width() - 16.0) * f32::from(i) / 100.0;
        window.harness.hover_at(egui::pos2(x, rect.center().y));
        window.step();
    }
    window.harness.drop_at(rect.right_center() - egui::vec2(8.0, 0.0));
    window.settle();
    assert!(window.map_value().starts_with("2006-12-16"), "{}", window.map_value());
    assert!(window.app().state().is_current());
    let after = window.app().state().view.held.clone().unwrap();
    assert_eq!((held.low, held.high, &held.map), (after.low, after.high, &after.map));
    let bar = window.app().state().picture.as_ref().and_then(|p| p.scene.color_bar.clone()).unwrap();
    assert_eq!((bar.scale.low, bar.scale.high), (held.low, held.high));
}

#[test]
fn playing_moves_on_and_stops() {
    let mut window = Window::with_sample();
    window.click("Play time");
    let at = |w: &Window| w.app().state().at().first().map_or(0, |(_, i)| *i);
    window.wait("three positions", |app| app.state().at().first().is_some_and(|(_, i)| *i >= 3));
    window.click("Pause time");
    window.settle();
    let stopped = at(&window);
    window.harness.run_steps(8);
    assert_eq!(at(&window), stopped);
}
