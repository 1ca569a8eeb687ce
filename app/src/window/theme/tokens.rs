//! Every colour, distance and size of the window, in one place. Knows no widget.

use egui::Color32;

/// The 4-point grid.
pub mod space {
    /// Between an icon and its text.
    pub const XS: f32 = 4.0;
    /// Between neighbours.
    pub const S: f32 = 8.0;
    /// Inside panels.
    pub const M: f32 = 12.0;
    /// Between sections.
    pub const L: f32 = 16.0;
    /// Around empty states.
    pub const XL: f32 = 24.0;
}

/// Text sizes.
pub mod text {
    /// Running text.
    pub const BODY: f32 = 13.0;
    /// Notes, units, axis labels.
    pub const SMALL: f32 = 11.0;
    /// The name in the top bar, empty states.
    pub const TITLE: f32 = 18.0;
    /// Icons stand a little larger than the text beside them.
    pub const ICON: f32 = 15.0;
    /// The icon of an empty state.
    pub const ICON_LARGE: f32 = 40.0;
}

/// Sizes of the layout's parts, in points.
pub mod size {
    /// Height of anything that can be clicked.
    pub const CONTROL: f32 = 24.0;
    /// The slim bar on top.
    pub const TOP_BAR: f32 = 36.0;
    /// Left side: sources and chain.
    pub const LEFT: f32 = 264.0;
    /// Right side: properties.
    pub const RIGHT: f32 = 300.0;
    /// Narrowest side.
    pub const SIDE_MIN: f32 = 200.0;
    /// Widest side.
    pub const SIDE_MAX: f32 = 480.0;
    /// The chain below the sources.
    pub const CHAIN: f32 = 240.0;
    /// The tabs at the bottom.
    pub const TABS: f32 = 132.0;
    /// The series below the map.
    pub const SERIES: f32 = 190.0;
    /// Corners.
    pub const RADIUS: u8 = 4;
    /// Corners of windows and menus.
    pub const RADIUS_LARGE: u8 = 8;
}

/// How long things take, in seconds.
pub mod time {
    /// A wait shorter than this shows nothing.
    pub const BUSY_AFTER: f64 = 0.15;
    /// The longest motion.
    pub const MOTION: f32 = 0.12;
    /// How long a notice stays on screen.
    pub const NOTICE: f64 = 6.0;
}

/// The colours of one theme.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Palette {
    /// Behind the map.
    pub canvas: Color32,
    /// Panels.
    pub panel: Color32,
    /// Menus, cards.
    pub raised: Color32,
    /// A button at rest, a text field.
    pub control: Color32,
    /// A button under the pointer.
    pub control_hover: Color32,
    /// A pressed button.
    pub control_press: Color32,
    /// Thin lines between parts.
    pub line: Color32,
    /// Running text.
    pub text: Color32,
    /// Notes and units.
    pub weak: Color32,
    /// What must be seen first.
    pub strong: Color32,
    /// The one accent: selection, focus, progress.
    pub accent: Color32,
    /// Behind what is selected.
    pub selected: Color32,
    /// Something to look at.
    pub warning: Color32,
    /// Something failed.
    pub error: Color32,
    /// Something is done.
    pub success: Color32,
}

/// Light on dark.
pub const DARK: Palette = Palette {
    canvas: Color32::from_rgb(13, 15, 18),
    panel: Color32::from_rgb(22, 25, 29),
    raised: Color32::from_rgb(29, 33, 38),
    control: Color32::from_rgb(37, 42, 49),
    control_hover: Color32::from_rgb(46, 52, 61),
    control_press: Color32::from_rgb(55, 63, 74),
    line: Color32::from_rgb(38, 43, 50),
    text: Color32::from_rgb(205, 211, 219),
    weak: Color32::from_rgb(137, 146, 158),
    strong: Color32::from_rgb(242, 245, 248),
    accent: Color32::from_rgb(93, 173, 236),
    selected: Color32::from_rgb(31, 61, 86),
    warning: Color32::from_rgb(226, 172, 77),
    error: Color32::from_rgb(233, 106, 102),
    success: Color32::from_rgb(98, 190, 128),
};

/// Dark on light.
pub const LIGHT: Palette = Palette {
    canvas: Color32::from_rgb(255, 255, 255),
    panel: Color32::from_rgb(246, 247, 248),
    raised: Color32::from_rgb(255, 255, 255),
    control: Color32::from_rgb(232, 235, 238),
    control_hover: Color32::from_rgb(221, 225, 230),
    control_press: Color32::from_rgb(207, 213, 220),
    line: Color32::from_rgb(222, 226, 230),
    text: Color32::from_rgb(45, 51, 58),
    weak: Color32::from_rgb(98, 107, 117),
    strong: Color32::from_rgb(14, 18, 23),
    accent: Color32::from_rgb(21, 101, 168),
    selected: Color32::from_rgb(208, 228, 245),
    warning: Color32::from_rgb(150, 99, 6),
    error: Color32::from_rgb(188, 43, 40),
    success: Color32::from_rgb(33, 122, 64),
};

/// Colours of several lines in one plot, told apart also by people with a colour-vision deficiency
/// (Okabe and Ito 2008, without black and yellow).
pub const SERIES: [Color32; 6] = [
    Color32::from_rgb(86, 180, 233),
    Color32::from_rgb(230, 159, 0),
    Color32::from_rgb(0, 158, 115),
    Color32::from_rgb(204, 121, 167),
    Color32::from_rgb(213, 94, 0),
    Color32::from_rgb(0, 114, 178),
];

/// The colour of the `n`th line of a plot; they repeat after six.
#[must_use]
pub fn series(n: usize) -> Color32 {
    SERIES.get(n % SERIES.len()).copied().unwrap_or(Color32::GRAY)
}

#[cfg(test)]
mod tests {
    use super::{Color32, DARK, LIGHT, Palette};

    fn luminance(c: Color32) -> f64 {
        let linear = |x: u8| {
            let x = f64::from(x) / 255.0;
            if x <= 0.040_45 { x / 12.92 } else { ((x + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * linear(c.r()) + 0.7152 * linear(c.g()) + 0.0722 * linear(c.b())
    }

    fn contrast(a: Color32, b: Color32) -> f64 {
        let (a, b) = (luminance(a) + 0.05, luminance(b) + 0.05);
        a.max(b) / a.min(b)
    }

    /// WCAG 2.2, 1.4.3: 4.5 for text; 1.4.11: 3 for the focus ring.
    #[test]
    fn text_can_be_read_on_every_ground() {
        for Palette { panel, raised, control, selected, text, weak, strong, accent, warning, error, success, .. } in
            [DARK, LIGHT]
        {
            for ground in [panel, raised] {
                for ink in [text, weak, strong, warning, error, success] {
                    assert!(contrast(ink, ground) >= 4.5, "{ink:?} on {ground:?}: {}", contrast(ink, ground));
                }
                assert!(contrast(accent, ground) >= 3.0);
            }
            assert!(contrast(strong, control) >= 4.5);
            assert!(contrast(strong, selected) >= 4.5);
        }
    }
}
