//! The colours of each style.

use crate::chart::shapes::{Color, Paint};
use crate::chart::words::words;

words! {
    /// The colour schemes.
    Style {
        /// Light or dark, as the reader's system is.
        Auto = "auto",
        /// White, with shades of blue.
        Blue = "blue",
        /// White, without any ground.
        Clean = "clean",
        /// Black, with bright colours.
        Dark = "dark",
        /// Black, with saturated colours.
        DarkColorized = "dark_colorized",
        /// Black, with shades of green.
        DarkGreen = "dark_green",
        /// Black, from green to blue.
        DarkGreenBlue = "dark_green_blue",
        /// Deep teal, with muted colours.
        DarkSolarized = "dark_solarized",
        /// Light grey, with clear colours.
        Default = "default",
        /// White, with shades of green.
        Green = "green",
        /// White, with strong colours.
        Light = "light",
        /// Light, with saturated colours.
        LightColorized = "light_colorized",
        /// Light, from red to blue.
        LightRedBlue = "light_red_blue",
        /// Cream, with muted colours.
        LightSolarized = "light_solarized",
        /// Black, with glowing colours.
        Neon = "neon",
        /// White, with flat strong colours.
        SolidColor = "solid_color",
        /// Dark, with shades of turquoise.
        Turquoise = "turquoise",
    }
}

/// The colours of a chart.
pub struct Theme {
    /// Behind everything.
    pub ground: Paint,
    /// Behind the shapes.
    pub plot: Paint,
    /// Of text and axes.
    pub ink: Paint,
    /// Of the lines behind the shapes.
    pub grid: Paint,
    series: &'static [u32],
    /// Whether paint has numbers, by which a sheet of styles follows dark mode.
    pub is_auto: bool,
}

/// How often a palette is used before it does not change any more.
const ROUNDS: usize = 5;
/// The numbers of what is no series.
const NUMBERED: u8 = 4;

const CLEAR: &[u32] = &[
    0x3366cc, 0xe8662c, 0x2e9e5b, 0xc23b8a, 0xd9a514, 0x5b4fc4, 0x1fa3b5, 0x9a6a3c,
];
const BRIGHT: &[u32] = &[
    0x6aa9ff, 0xff9466, 0x74d69a, 0xff85c8, 0xffd75e, 0xa79bff, 0x5fdcea, 0xd7b08a,
];
const STRONG: &[u32] = &[
    0x1b4fd0, 0xd42a2a, 0x178a3a, 0x9c27b0, 0xe09000, 0x00838f, 0x6d4c41, 0x455a64,
];
const MUTED: &[u32] = &[
    0x268bd2, 0xcb4b16, 0x859900, 0xd33682, 0xb58900, 0x6c71c4, 0x2aa198, 0xdc322f,
];
const GLOWING: &[u32] = &[
    0x00f0ff, 0xff2bd6, 0x7dff3a, 0xffe600, 0xff6a1f, 0x9d5cff, 0x2bffb5, 0xff3355,
];
const GREENS: &[u32] = &[
    0x1b7a3d, 0x66b032, 0x2fae86, 0xa3c644, 0x0f5c4a, 0x7fc8a0, 0x4c8c2b, 0xb7d98a,
];
const BLUES: &[u32] = &[
    0x1f5fbf, 0x52a7e0, 0x14366f, 0x7fb2f0, 0x2b8fb3, 0x9fc9ee, 0x4a6fd1, 0x0d7fa5,
];
const GREEN_TO_BLUE: &[u32] = &[
    0x8bdc5a, 0x45c98a, 0x21b3b0, 0x3a93d8, 0x6b7bf0, 0xa8e07a, 0x6fd6b4, 0x7cc0f5,
];
const RED_TO_BLUE: &[u32] = &[
    0xd62839, 0xb5386b, 0x8d4a9e, 0x5d57c4, 0x2f6fd6, 0xee6b5b, 0x9a2f7f, 0x4d8fe6,
];
const TURQUOISES: &[u32] = &[
    0x2ee6d0, 0x7ff0e0, 0x12a89a, 0xb6f5ec, 0x3fbfd9, 0x0e7f86, 0x8fdcf0, 0x59c9a5,
];

impl Style {
    /// Its colours.
    pub fn theme(self) -> Theme {
        let (ground, plot, ink, grid, series) = match self {
            Style::Auto => (0xffffff, 0xf7f8f9, 0x1d2126, 0xd9dde2, CLEAR),
            Style::Blue => (0xf2f7fd, 0xffffff, 0x16305c, 0xd5e3f4, BLUES),
            Style::Clean => (0xffffff, 0xffffff, 0x333333, 0xe6e6e6, CLEAR),
            Style::Dark => (0x121417, 0x1c1f24, 0xe6e6e6, 0x363b43, BRIGHT),
            Style::DarkColorized => (0x1a1126, 0x24172f, 0xf0e6fa, 0x453456, GLOWING),
            Style::DarkGreen => (0x0d1a12, 0x14251a, 0xd9f2df, 0x2c4535, GREENS),
            Style::DarkGreenBlue => (0x0b1518, 0x122126, 0xd8eef0, 0x294048, GREEN_TO_BLUE),
            Style::DarkSolarized => (0x002b36, 0x073642, 0x93a1a1, 0x28505a, MUTED),
            Style::Default => (0xf7f7f7, 0xffffff, 0x333333, 0xe0e0e0, CLEAR),
            Style::Green => (0xf3faf1, 0xffffff, 0x1d3d1f, 0xd8e8d4, GREENS),
            Style::Light => (0xffffff, 0xfafafa, 0x222222, 0xdddddd, STRONG),
            Style::LightColorized => (0xfbf7ff, 0xffffff, 0x3a2a52, 0xe6dcf2, STRONG),
            Style::LightRedBlue => (0xfdf5f5, 0xffffff, 0x40243a, 0xeedfe4, RED_TO_BLUE),
            Style::LightSolarized => (0xfdf6e3, 0xeee8d5, 0x586e75, 0xd6cfb8, MUTED),
            Style::Neon => (0x08080c, 0x101018, 0xe0e0ff, 0x2c2c40, GLOWING),
            Style::SolidColor => (0xffffff, 0xf4f4f4, 0x111111, 0xd4d4d4, STRONG),
            Style::Turquoise => (0x0c2427, 0x123236, 0xd5f7f3, 0x2a5257, TURQUOISES),
        };
        Theme::new([ground, plot, ink, grid], series, self == Style::Auto)
    }
}

impl Theme {
    /// What [`Style::Auto`] shows where it is dark.
    pub fn dark() -> Self {
        Self::new([0x14171b, 0x1c2026, 0xe4e7eb, 0x333a43], BRIGHT, true)
    }

    fn new(colors: [u32; NUMBERED as usize], series: &'static [u32], is_auto: bool) -> Self {
        let paint = |number: u8| Paint {
            color: rgb(colors[usize::from(number)]),
            number: Some(number).filter(|_| is_auto),
        };
        Self {
            ground: paint(0),
            plot: paint(1),
            ink: paint(2),
            grid: paint(3),
            series,
            is_auto,
        }
    }

    /// All paint, each with another number.
    pub fn numbered(&self) -> impl Iterator<Item = Paint> {
        let series = (0..self.series.len() * ROUNDS).map(|index| self.series(index));
        [self.ground, self.plot, self.ink, self.grid]
            .into_iter()
            .chain(series)
    }

    /// The colour of a series. When the palette is used up it begins again, each time nearer to the
    /// ink, so that neighbours in the legend stay distinct.
    pub fn series(&self, index: usize) -> Paint {
        let round = (index / self.series.len()).min(ROUNDS - 1);
        let place = index % self.series.len();
        let number = round * self.series.len() + place;
        Paint {
            color: mix(rgb(self.series[place]), self.ink.color, round as f64 * 0.17),
            number: Some(NUMBERED + number as u8).filter(|_| self.is_auto),
        }
    }
}

fn rgb(code: u32) -> Color {
    let [_, red, green, blue] = code.to_be_bytes();
    Color { red, green, blue }
}

fn mix(one: Color, other: Color, part: f64) -> Color {
    let mix = |one: u8, other: u8| (f64::from(one) * (1.0 - part) + f64::from(other) * part) as u8;
    Color {
        red: mix(one.red, other.red),
        green: mix(one.green, other.green),
        blue: mix(one.blue, other.blue),
    }
}
