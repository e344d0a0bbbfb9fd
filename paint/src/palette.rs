//! Colours by role, and fonts.

use half_open::decimal;
use half_open_view::draw::{Face, Role};

/// What a canvas needs of a style sheet.
#[derive(Debug, Default)]
pub struct Palette {
    colours: Vec<String>,
    sans: String,
    mono: String,
}

impl Palette {
    /// Asks for each colour by the name of its role, and for the fonts `sans` and `mono`.
    #[must_use]
    pub fn read(ask: impl Fn(&str) -> String) -> Self {
        Self {
            colours: Role::ALL.iter().map(|role| ask(role.name())).collect(),
            sans: ask("sans"),
            mono: ask("mono"),
        }
    }

    /// The colour of a role, in the words of CSS.
    #[must_use]
    pub fn colour(&self, role: Role) -> &str {
        let index = Role::ALL.iter().position(|other| *other == role);
        index.and_then(|index| self.colours.get(index)).map_or("", |colour| colour)
    }

    /// A font in the words of CSS; the size is in CSS pixels.
    #[must_use]
    pub fn font(&self, face: Face, size: f32) -> String {
        let size = decimal::show(size.into());
        match face {
            Face::Plain => format!("{size}px {}", self.sans),
            Face::Bold => format!("600 {size}px {}", self.sans),
            Face::Mono => format!("{size}px {}", self.mono),
        }
    }
}
