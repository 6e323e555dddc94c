//! Text from messages as it is shown: what cannot be seen, or turns what is around it, becomes a mark.

use std::borrow::Cow;

use crate::escape::escape_into;

/// Characters that turn, join or hide text, and the letters that stand for them.
const NAMED: [(char, &str); 19] = [
    ('\u{61c}', "ALM"),
    ('\u{200b}', "ZWSP"),
    ('\u{200e}', "LRM"),
    ('\u{200f}', "RLM"),
    ('\u{2028}', "LS"),
    ('\u{2029}', "PS"),
    ('\u{202a}', "LRE"),
    ('\u{202b}', "RLE"),
    ('\u{202c}', "PDF"),
    ('\u{202d}', "LRO"),
    ('\u{202e}', "RLO"),
    ('\u{2060}', "WJ"),
    ('\u{2066}', "LRI"),
    ('\u{2067}', "RLI"),
    ('\u{2068}', "FSI"),
    ('\u{2069}', "PDI"),
    ('\u{feff}', "BOM"),
    ('\u{fff9}', "IAA"),
    ('\u{fffb}', "IAT"),
];

/// Whether a character has a mark in place of itself. Joiners of emoji and of scripts that need them have none.
pub fn is_marked(char: char) -> bool {
    char.is_control() || NAMED.iter().any(|(named, _)| *named == char)
}

/// The text with marks.
pub fn marked(text: &str) -> Cow<'_, str> {
    if !text.contains(is_marked) {
        return text.into();
    }
    let mut shown = String::with_capacity(text.len() + 8);
    for char in text.chars() {
        match char {
            '\0'..='\u{1f}' => shown.extend(char::from_u32(0x2400 + u32::from(char))),
            '\u{7f}' => shown.push('␡'),
            _ => match NAMED.iter().find(|(named, _)| *named == char) {
                Some((_, letters)) => shown.extend(["⟨", letters, "⟩"]),
                None if char.is_control() => shown += &format!("⟨U+{:04X}⟩", u32::from(char)),
                None => shown.push(char),
            },
        }
    }
    shown.into()
}

/// What stands for a text that is empty.
pub const BLANK: &str = "(blank)";

/// The text as HTML: marked, and turning nothing that is around it.
pub fn bdi(text: &str) -> String {
    let mut html = "<bdi>".to_owned();
    escape_into(
        &mut html,
        &marked(if text.is_empty() { BLANK } else { text }),
    );
    html.push_str("</bdi>");
    html
}

/// A name as HTML, as [`bdi()`] has it, with lines that may break behind its dots.
pub fn bdi_by_dots(name: &str) -> String {
    bdi(name).replace('.', ".<wbr>")
}

/// The first letters of a text, and dots where there are more.
pub fn cut(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// The first letter or digit of a name as a capital, to stand for a picture.
pub fn monogram(name: &str) -> Option<String> {
    let first = name.chars().find(|char| char.is_alphanumeric())?;
    Some(first.to_uppercase().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_seen_is_marked() {
        for (text, expected) in [
            ("plain é 😀", "plain é 😀"),
            ("a\nb\t\0\u{7f}", "a␊b␉␀␡"),
            ("\u{202e}evil\u{2069}", "⟨RLO⟩evil⟨PDI⟩"),
            ("\u{85}\u{2028}", "⟨U+0085⟩⟨LS⟩"),
            (
                "👩\u{200d}🚀 می\u{200c}خواهم",
                "👩\u{200d}🚀 می\u{200c}خواهم",
            ),
        ] {
            assert_eq!(marked(text), expected);
            assert!(!marked(text).contains(is_marked), "{text:?}");
        }
    }

    #[test]
    fn long_texts_are_cut_between_letters() {
        assert_eq!(cut("äöü", 3), "äöü");
        assert_eq!(cut("äöüß", 3), "äöü…");
        assert_eq!(monogram("@adamk").as_deref(), Some("A"));
        assert_eq!(monogram("ß").as_deref(), Some("SS"));
        assert_eq!(monogram("--"), None);
    }
}
