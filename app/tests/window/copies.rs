//! The chain goes out as a script and as a command line.

use super::Window;
use egui::OutputCommand;
use graticule::window::Command;

fn copied(window: &mut Window) -> String {
    for _ in 0..2000 {
        window.step();
        let commands = &window.harness.output().platform_output.commands;
        if let Some(OutputCommand::CopyText(text)) = commands.iter().find(|c| matches!(c, OutputCommand::CopyText(_))) {
            return text.clone();
        }
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
    panic!("nothing was copied: {:?}", window.notices());
}

#[test]
fn the_chain_is_copied_as_python_and_as_a_command() {
    let mut window = Window::with_sample();
    window.harness.state_mut().send(Command::AddStep("anomaly"));
    window.settle();
    window.harness.state_mut().send(Command::CopyXarray);
    let script = copied(&mut window);
    assert!(script.contains("import xarray as xr") && script.contains("groupby"), "{script}");
    window.harness.state_mut().send(Command::CopyCommand);
    let line = copied(&mut window);
    assert!(line.starts_with("graticule run --input '") && line.contains("--step 'anomaly'"), "{line}");
    assert!(line.ends_with("-o 'idealised_climate_anomaly.zarr'"), "{line}");
}
