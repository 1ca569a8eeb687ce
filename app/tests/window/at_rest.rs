//! At rest the window asks for no frame, so it uses no processor time.

use super::Window;
use std::time::Duration;

#[test]
fn nothing_is_drawn_when_nothing_happens() {
    let mut window = Window::with_sample();
    window.harness.remove_cursor();
    window.harness.run_steps(4);
    let output = window.harness.output();
    let delay = output.viewport_output.values().map(|v| v.repaint_delay).min().unwrap();
    assert!(delay >= Duration::from_secs(60), "a frame is asked for in {delay:?}");
}
