//! What cannot be done is said in a notice, and the window goes on.

use super::Window;
use graticule::window::Command;

#[test]
fn files_that_cannot_be_opened_are_named() {
    let mut window = Window::with_sample();
    let torn = window.folder.path().join("torn.nc");
    std::fs::write(&torn, b"CDF\x01torn").unwrap();
    let missing = window.folder.path().join("missing.nc").display().to_string();
    window.harness.state_mut().send(Command::Open(vec![missing, torn.display().to_string()]));
    window.settle();
    let notices = window.notices();
    for name in ["missing.nc", "torn.nc"] {
        assert!(notices.iter().any(|n| n.contains(name)), "{name} is not named in {notices:?}");
    }
    assert_eq!(window.app().state().sources.len(), 1);
    assert!(window.app().state().is_current(), "the map that stood there must stay");
}

#[test]
fn a_range_that_does_not_rise_is_refused() {
    let mut window = Window::with_sample();
    let before = window.app().state().view.held.clone().unwrap();
    window.fill("Range from", "400");
    window.settle();
    assert!(window.notices().iter().any(|n| n.contains("does not rise")), "{:?}", window.notices());
    assert_eq!(window.app().state().view.held, Some(before));
    window.fill("Range from", "250");
    window.settle();
    let bar = window.app().state().picture.as_ref().and_then(|p| p.scene.color_bar.clone()).unwrap();
    assert_eq!(bar.scale.low, 250.0);
}
