//! The decode card: what was assumed can be set right, and taken back.

use super::Window;
use egui_kittest::kittest::{NodeT as _, Queryable as _};

#[test]
fn a_scale_set_by_the_person_changes_the_values_until_it_is_taken_back() {
    let mut window = Window::with_sample();
    let before = window.value(40, 90);
    let name = window.harness.get_by_label_contains("Set scale_factor of ").accesskit_node().label().unwrap();
    window.click(&name);
    window.harness.run_steps(2);
    window.fill("Value of scale_factor", "0.5");
    window.settle();
    assert_eq!(window.app().state().sources[0].overrides.len(), 1);
    assert!((window.value(40, 90) - before).abs() > 1.0, "the values must change with the scale");
    window.click("Decode as the file says");
    window.settle();
    assert_eq!(window.value(40, 90).to_bits(), before.to_bits());
    assert!(window.app().state().sources[0].overrides.is_empty());
}

#[test]
fn what_makes_no_sense_is_said_and_changes_nothing() {
    let mut window = Window::with_sample();
    let before = window.value(40, 90);
    window.click("Set an attribute");
    window.harness.run_steps(2);
    window.fill("Attribute and value", "_FillValue=many");
    window.settle();
    assert!(window.notices().iter().any(|n| n.contains("_FillValue")), "{:?}", window.notices());
    assert!(window.app().state().sources[0].overrides.is_empty());
    assert_eq!(window.value(40, 90).to_bits(), before.to_bits());
}
