//! The chain panel: an anomaly is added from the searched list, edited by its form, switched off, taken out.

use super::Window;
use egui_kittest::kittest::Queryable as _;

#[test]
fn an_anomaly_is_added_by_its_cdo_name_and_shown_at_once() {
    let mut window = Window::with_sample();
    let source = window.value(60, 40);
    window.click("Add step");
    window.harness.run_steps(3);
    window.harness.get_by_label("Find an operation").focus();
    window.step();
    window.harness.get_by_label("Find an operation").type_text("ymonsub");
    window.harness.run_steps(2);
    assert!(window.harness.query_by_label("resample").is_none(), "the list is not searched");
    window.click("anomaly");
    window.settle();
    assert_eq!(window.app().state().chain().iter().map(ToString::to_string).collect::<Vec<_>>(), ["anomaly"]);
    let anomaly = window.value(60, 40);
    assert!(anomaly.abs() < 15.0 && (anomaly - source).abs() > 100.0, "{source} became {anomaly}");
    // Six Januaries: their anomalies sum to nothing.
    let mut sum = anomaly;
    for year in 1..6 {
        let slider = window.harness.get_by_role_and_label(egui::Role::Slider, "time");
        slider.set_value_accesskit(f64::from(12 * year));
        window.step();
        window.settle();
        sum += window.value(60, 40);
    }
    assert!(sum.abs() < 1e-3, "the anomalies of one month sum to {sum}");

    window.click("Switch off step 1");
    window.settle();
    assert!(window.value(60, 40) > 150.0);
    window.click("Switch on step 1");
    window.settle();
    assert!(window.value(60, 40) < 50.0);
    window.click("Remove step 1");
    window.settle();
    assert!(window.app().state().chain().is_empty());
    assert!(window.value(60, 40) > 150.0);
}

#[test]
fn a_form_edits_its_step_and_a_mistake_is_told_beside_it() {
    let mut window = Window::with_sample();
    window.harness.state_mut().send(graticule::window::Command::AddStep("rolling"));
    window.settle();
    let typed = window.app().state().chain()[0].clone();
    assert!(typed.to_string().starts_with("rolling"), "{typed}");
    window.harness.state_mut().send(graticule::window::Command::AddStep("where"));
    window.settle();
    window.fill("cond", "tas > nothing_of_this_name");
    window.settle();
    let error = window.app().state().result.as_ref().and_then(|r| r.steps[1].error.clone()).unwrap_or_default();
    assert!(error.contains("nothing_of_this_name"), "{error:?}");
    window.fill("cond", "tas > 280");
    window.settle();
    assert_eq!(window.app().state().result.as_ref().and_then(|r| r.steps[1].error.clone()), None);
    window.click("Move step 2 up");
    window.settle();
    let order: Vec<_> = window.app().state().chain().iter().map(|s| s.op.clone()).collect();
    assert_eq!(order, ["where", "rolling"]);
}
