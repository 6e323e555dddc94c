//! Texts of a chart: how wide they are about, where they are cut, and what XML can hold of them.

/// The length in characters from which a text is cut whatever the room.
const LONGEST_TEXT: usize = 200;
/// The width of a letter in sizes of its font, on average.
const LETTER: f64 = 0.58;

/// Where a text stands relative to its point.
#[derive(Clone, Copy)]
pub enum Anchor {
    /// It begins there.
    Start,
    /// Its middle is there.
    Middle,
    /// It ends there.
    End,
}

impl Anchor {
    /// The word for it in SVG.
    pub fn word(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Middle => "middle",
            Self::End => "end",
        }
    }
}

/// The width of a text in pixels, as far as can be told without its font; `size` is the font's, in pixels.
pub fn text_width(text: &str, size: f64) -> f64 {
    text.chars().take(LONGEST_TEXT).count() as f64 * size * LETTER
}

/// The width in pixels of the widest of some texts, 0 if there are none.
pub fn widest<'a>(texts: impl IntoIterator<Item = &'a str>, size: f64) -> f64 {
    texts
        .into_iter()
        .map(|text| text_width(text, size))
        .fold(0.0, f64::max)
}

/// The text as far as it fits into `room` pixels, `None` if hardly anything does.
pub fn cut(text: &str, size: f64, room: f64) -> Option<String> {
    let fitting = (room / (size * LETTER) + 0.01).clamp(0.0, LONGEST_TEXT as f64) as usize;
    let count = text.chars().take(fitting + 1).count();
    if count == 0 {
        None
    } else if count <= fitting {
        Some(printable(text))
    } else if fitting <= 2 {
        None
    } else {
        let start: String = text.chars().take(fitting - 1).collect();
        Some(printable(&start) + "…")
    }
}

/// The text with what XML has no way to write replaced: control characters and two that are none.
pub fn printable(text: &str) -> String {
    text.chars()
        .map(|char| match char {
            '\u{fffe}' | '\u{ffff}' => char::REPLACEMENT_CHARACTER,
            char if char.is_control() => char::REPLACEMENT_CHARACTER,
            char => char,
        })
        .collect()
}
