//! The welcome screen opens the built-in sample, and its first map stands without another click.

use super::Window;
use egui_kittest::kittest::Queryable as _;

#[test]
fn one_click_from_the_welcome_screen_to_a_map() {
    let mut window = Window::new();
    assert!(window.harness.query_all_by_label("Open files…").count() > 0);
    window.click("Open the sample");
    window.settle();
    let state = window.app().state();
    assert_eq!(state.sources.len(), 1);
    assert!(state.is_current());
    assert_eq!(state.result.as_ref().map(|r| r.variable.as_str()), Some("tas"));
    assert!(window.map_value().starts_with("2001-01-16 12:00"), "{}", window.map_value());
    // Kelvin near the surface of an idealised Earth.
    assert!((200.0..330.0).contains(&window.value(45, 90)), "{}", window.value(45, 90));
    for name in ["tas", "uas", "vas", "sftlf"] {
        assert!(
            window.harness.query_by_role_and_label(egui::Role::TreeItem, name).is_some(),
            "{name} is not in the tree"
        );
    }
    assert!(window.notices().is_empty(), "{:?}", window.notices());
}

#[test]
fn the_tree_shows_what_is_clicked_and_filters() {
    let mut window = Window::with_sample();
    window.harness.get_by_role_and_label(egui::Role::TreeItem, "uas").click();
    window.step();
    window.settle();
    assert_eq!(window.app().state().result.as_ref().map(|r| r.variable.as_str()), Some("uas"));
    window.fill("Filter", "vas");
    window.settle();
    assert!(window.harness.query_by_role_and_label(egui::Role::TreeItem, "tas").is_none());
    assert!(window.harness.query_by_role_and_label(egui::Role::TreeItem, "vas").is_some());
}
