//! The window. Owns what is on screen and the jobs behind it; knows data only through the core's session.

/// What the window starts with.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Files, folders or stores to open.
    pub paths: Vec<String>,
    /// Whether to open the built-in sample.
    pub sample: bool,
    /// Worker threads; all cores where not given.
    pub threads: Option<usize>,
    /// Memory budget of the engine in bytes; a quarter of the machine's where not given.
    pub memory_bytes: Option<u64>,
}

/// Opens the window and returns when it is closed.
///
/// # Errors
/// Where there is no display, or the graphics device cannot be used.
pub fn run(options: Options) -> anyhow::Result<()> {
    let native = eframe::NativeOptions::default();
    eframe::run_native("Graticule", native, Box::new(move |_| Ok(Box::new(App { options })))).map_err(|error| {
        anyhow::anyhow!("cannot open the window: {error}; the commands work without one (graticule --help)")
    })
}

/// The application.
struct App {
    options: Options,
}

impl eframe::App for App {
    fn ui(&mut self, ui: &mut egui::Ui, _frame: &mut eframe::Frame) {
        for path in &self.options.paths {
            ui.label(path);
        }
    }
}
