//! A click on the map adds a series there.

use super::Window;
use egui_kittest::kittest::Queryable as _;

#[test]
fn a_missing_cell_under_the_pointer_says_why() {
    let mut window = Window::with_sample();
    window.click("Set an attribute");
    window.harness.run_steps(2);
    window.fill("Attribute and value", "valid_max=280");
    window.settle();
    // The middle of the map is the tropics.
    window.harness.hover_at(window.harness.get_by_label_contains("Map of ").rect().center());
    window.harness.run_steps(2);
    window.settle();
    let said = window.app().state().hover.as_ref().map(|p| p.value.clone());
    assert_eq!(said.as_deref(), Some("missing, above valid_max 280"));
}

#[test]
fn a_click_gives_the_series_of_the_cell_under_it() {
    let mut window = Window::with_sample();
    let rect = window.harness.get_by_label_contains("Map of ").rect();
    for (n, offset) in [(1, egui::vec2(0.0, 0.0)), (2, egui::vec2(60.0, -30.0))] {
        let at = rect.center() + offset;
        window.harness.hover_at(at);
        window.harness.run_steps(2);
        window.harness.drag_at(at);
        window.harness.drop_at(at);
        window.step();
        window.settle();
        assert_eq!(window.app().state().probes.len(), n);
    }
    assert!(window.harness.query_by_label("Series along time").is_some());
    let state = window.app().state();
    for probe in &state.probes {
        let [row, column] = probe.place.cell;
        let series = probe.series.as_ref().unwrap();
        assert_eq!(series.values.len(), 72);
        assert_eq!(series.units, "K");
        // Position 0 is on screen: the series begins with the value of its cell.
        let first = series.values[0];
        assert!((first - f64::from(window.value(row, column))).abs() < 1e-3, "{first} {}", window.value(row, column));
    }
    // The place in words is the place of the cell: 2° cells, so within a degree of its middle.
    let [lon, lat] = state.probes[0].place.lonlat.unwrap();
    assert!(lon.abs() < 2.0 && lat.abs() < 2.0, "the middle of the map is at {lon} {lat}");
    let name = format!("Remove series at {}", state.probes[0].place.label);
    window.click(&name);
    window.settle();
    assert_eq!(window.app().state().probes.len(), 1);
}
