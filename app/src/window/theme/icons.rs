//! The icons in use, by name. The font is `assets/icons/Phosphor.ttf`; a test checks each code point against its list.

macro_rules! icons {
    ($($name:ident = $code:literal),* $(,)?) => {
        $(
            #[doc = concat!("The icon of this name: ", stringify!($name))]
            pub const $name: &str = $code;
        )*
        #[cfg(test)]
        const ALL: &[(&str, &str)] = &[$((stringify!($name), $code)),*];
    };
}

icons! {
    ARROW_COUNTER_CLOCKWISE = "\u{e038}",
    ARROW_DOWN = "\u{e03e}",
    ARROW_SQUARE_OUT = "\u{e5de}",
    ARROW_UP = "\u{e08e}",
    ARROWS_LEFT_RIGHT = "\u{e0a0}",
    BELL = "\u{e0ce}",
    CALENDAR_BLANK = "\u{e10a}",
    CARET_DOWN = "\u{e136}",
    CARET_LEFT = "\u{e138}",
    CARET_RIGHT = "\u{e13a}",
    CHART_LINE = "\u{e154}",
    CHECK_CIRCLE = "\u{e184}",
    CIRCLE_HALF = "\u{e18c}",
    CODE = "\u{e1bc}",
    COPY = "\u{e1ca}",
    CPU = "\u{e610}",
    CUBE = "\u{e1da}",
    DATABASE = "\u{e1de}",
    DOTS_SIX_VERTICAL = "\u{eae2}",
    DOTS_THREE = "\u{e1fe}",
    EXPORT = "\u{eaf0}",
    EYE = "\u{e220}",
    EYE_SLASH = "\u{e224}",
    FILE = "\u{e230}",
    FLOPPY_DISK = "\u{e248}",
    FOLDER = "\u{e24a}",
    FOLDER_OPEN = "\u{e256}",
    FUNCTION = "\u{ebe4}",
    FUNNEL = "\u{e266}",
    GAUGE = "\u{e628}",
    GLOBE = "\u{e288}",
    GLOBE_HEMISPHERE_WEST = "\u{e28c}",
    GRID_NINE = "\u{ec8c}",
    HASH = "\u{e2a2}",
    INFO = "\u{e2ce}",
    LIST = "\u{e2f0}",
    LIST_BULLETS = "\u{e2f2}",
    MAGIC_WAND = "\u{e6b6}",
    MAGNIFYING_GLASS = "\u{e30c}",
    MAP_PIN = "\u{e316}",
    MAP_TRIFOLD = "\u{e31a}",
    MEMORY = "\u{e9c4}",
    MOON = "\u{e330}",
    PALETTE = "\u{e6c8}",
    PAUSE = "\u{e39e}",
    PENCIL_SIMPLE = "\u{e3b4}",
    PLAY = "\u{e3d0}",
    PLUS = "\u{e3d4}",
    RULER = "\u{e6b8}",
    SIDEBAR_SIMPLE = "\u{ec24}",
    SKIP_BACK = "\u{e5a4}",
    SKIP_FORWARD = "\u{e5a6}",
    SQUARE_HALF_BOTTOM = "\u{eb16}",
    STACK = "\u{e466}",
    STOP_CIRCLE = "\u{e46e}",
    SUN = "\u{e472}",
    TABLE = "\u{e476}",
    TAG = "\u{e478}",
    TARGET = "\u{e47c}",
    TEXT_AA = "\u{e6ee}",
    TRASH = "\u{e4a6}",
    TREE_STRUCTURE = "\u{e67c}",
    WARNING = "\u{e4e0}",
    WARNING_OCTAGON = "\u{e4e4}",
    X = "\u{e4f6}",
    X_CIRCLE = "\u{e4f8}",
}

#[cfg(test)]
mod tests {
    /// The list stands beside the font and is made with it.
    const LIST: &str = include_str!("../../../../assets/icons/codepoints.txt");

    #[test]
    fn every_icon_is_in_the_font_under_its_name() {
        for (name, glyph) in super::ALL {
            let code = glyph.chars().next().map(|c| format!("{:x}", u32::from(c)));
            let listed =
                LIST.lines().filter_map(|l| l.split_once(' ')).find(|(n, _)| n == name).map(|(_, c)| c.to_owned());
            assert_eq!(code, listed, "{name}");
        }
    }
}
