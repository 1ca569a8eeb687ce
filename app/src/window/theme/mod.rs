//! Looks: turns the tokens into egui's styles and loads the bundled fonts. Decides no layout.

pub mod icons;
pub mod tokens;

use egui::epaint::Shadow;
use egui::{
    Color32, CornerRadius, FontData, FontDefinitions, FontFamily, FontId, RichText, Stroke, TextStyle, Visuals, vec2,
};
use std::sync::Arc;
use tokens::{Palette, size, space, text};

/// The family of headings and names: the same face, heavier.
const STRONG: &str = "strong";

/// Gives a context the fonts and both themes.
pub fn install(ctx: &egui::Context) {
    ctx.set_fonts(fonts());
    for (theme, palette) in [(egui::Theme::Dark, tokens::DARK), (egui::Theme::Light, tokens::LIGHT)] {
        ctx.style_mut_of(theme, |style| {
            style.visuals = visuals(theme, &palette);
            style.text_styles = [
                (TextStyle::Small, FontId::proportional(text::SMALL)),
                (TextStyle::Body, FontId::proportional(text::BODY)),
                (TextStyle::Button, FontId::proportional(text::BODY)),
                (TextStyle::Monospace, FontId::monospace(text::BODY)),
                (TextStyle::Heading, FontId::new(text::TITLE, FontFamily::Name(STRONG.into()))),
            ]
            .into();
            style.animation_time = tokens::time::MOTION;
            style.spacing.item_spacing = vec2(space::S, space::XS);
            style.spacing.button_padding = vec2(space::S, 3.0);
            style.spacing.interact_size = vec2(28.0, size::CONTROL);
            style.spacing.indent = space::L;
            style.spacing.menu_margin = egui::Margin::same(6);
            style.spacing.window_margin = egui::Margin::same(16);
            style.spacing.slider_rail_height = 4.0;
            style.spacing.combo_height = 360.0;
            style.spacing.tooltip_width = 420.0;
            style.interaction.selectable_labels = false;
        });
    }
}

/// The palette in use.
#[must_use]
pub fn palette(ui: &egui::Ui) -> &'static Palette {
    if ui.visuals().dark_mode { &tokens::DARK } else { &tokens::LIGHT }
}

/// The family of heavier text.
#[must_use]
pub fn strong_family() -> FontFamily {
    FontFamily::Name(STRONG.into())
}

/// Heavier text: names and headings.
#[must_use]
pub fn strong(text: impl Into<String>) -> RichText {
    RichText::new(text).family(strong_family())
}

/// The heading of a section: small, heavy, weak colour.
#[must_use]
pub fn heading(ui: &egui::Ui, text: &str) -> RichText {
    strong(text.to_uppercase()).size(text::SMALL).color(palette(ui).weak).extra_letter_spacing(0.6)
}

/// A note or a unit.
#[must_use]
pub fn note(ui: &egui::Ui, text: impl Into<String>) -> RichText {
    RichText::new(text).size(text::SMALL).color(palette(ui).weak)
}

/// An icon at its usual size.
#[must_use]
pub fn icon(glyph: &str) -> RichText {
    RichText::new(glyph).size(text::ICON)
}

fn fonts() -> FontDefinitions {
    let mut fonts = FontDefinitions::default();
    for (name, bytes) in [
        ("Inter", &include_bytes!("../../../../assets/fonts/Inter-Regular.ttf")[..]),
        ("Inter strong", &include_bytes!("../../../../assets/fonts/Inter-SemiBold.ttf")[..]),
        ("Phosphor", &include_bytes!("../../../../assets/icons/Phosphor.ttf")[..]),
    ] {
        fonts.font_data.insert(name.to_owned(), Arc::new(FontData::from_static(bytes)));
    }
    let fallback = fonts.families.get(&FontFamily::Proportional).cloned().unwrap_or_default();
    let family = |first: &str| {
        let mut names = vec![first.to_owned(), "Phosphor".to_owned()];
        names.extend(fallback.iter().cloned());
        names
    };
    fonts.families.insert(FontFamily::Proportional, family("Inter"));
    fonts.families.insert(FontFamily::Name(STRONG.into()), family("Inter strong"));
    fonts
}

fn visuals(theme: egui::Theme, p: &Palette) -> Visuals {
    let mut v = theme.default_visuals();
    let radius = CornerRadius::same(size::RADIUS);
    v.weak_text_color = Some(p.weak);
    v.hyperlink_color = p.accent;
    v.faint_bg_color = p.raised;
    v.extreme_bg_color = p.raised;
    // A field is seen on cards and menus, too.
    v.text_edit_bg_color = Some(p.control);
    v.code_bg_color = p.control;
    v.warn_fg_color = p.warning;
    v.error_fg_color = p.error;
    v.panel_fill = p.panel;
    v.window_fill = p.raised;
    v.window_stroke = Stroke::new(1.0, p.line);
    v.window_corner_radius = CornerRadius::same(size::RADIUS_LARGE);
    v.menu_corner_radius = CornerRadius::same(size::RADIUS_LARGE);
    v.window_shadow = Shadow { offset: [0, 8], blur: 24, spread: 0, color: Color32::from_black_alpha(80) };
    v.popup_shadow = Shadow { offset: [0, 4], blur: 12, spread: 0, color: Color32::from_black_alpha(64) };
    v.selection.bg_fill = p.selected;
    v.selection.stroke = Stroke::new(1.0, p.strong);
    v.indent_has_left_vline = false;
    v.slider_trailing_fill = true;
    v.handle_shape = egui::style::HandleShape::Circle;
    v.interact_cursor = Some(egui::CursorIcon::PointingHand);
    let w = &mut v.widgets;
    w.noninteractive.bg_fill = p.panel;
    w.noninteractive.weak_bg_fill = p.panel;
    w.noninteractive.bg_stroke = Stroke::new(1.0, p.line);
    w.noninteractive.fg_stroke = Stroke::new(1.0, p.text);
    for (state, fill, ink, edge) in [
        (&mut w.inactive, p.control, p.text, Stroke::NONE),
        (&mut w.hovered, p.control_hover, p.strong, Stroke::NONE),
        // egui draws what has the keyboard focus as active: the edge is the focus ring.
        (&mut w.active, p.control_press, p.strong, Stroke::new(1.5, p.accent)),
        (&mut w.open, p.control_hover, p.strong, Stroke::NONE),
    ] {
        state.bg_fill = fill;
        state.weak_bg_fill = fill;
        state.bg_stroke = edge;
        state.fg_stroke = Stroke::new(1.0, ink);
        state.expansion = 0.0;
    }
    for state in [&mut w.noninteractive, &mut w.inactive, &mut w.hovered, &mut w.active, &mut w.open] {
        state.corner_radius = radius;
    }
    v
}
