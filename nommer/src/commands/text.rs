//! Texts from the command line, and those of strangers that go to a terminal.

/// A text that is empty counts as absent.
pub fn given(text: Option<&str>) -> Option<&str> {
    text.filter(|text| !text.is_empty())
}

/// A text without what would move the cursor or turn the reading around.
pub fn harmless(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => c.escape_unicode().to_string(),
            c if c.is_control() => c.escape_default().to_string(),
            c => c.to_string(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_of_strangers_do_not_move_the_cursor() {
        assert_eq!(
            harmless("é\u{1b}[2J\r\n\u{202e}x\u{9b}"),
            "é\\u{1b}[2J\\r\\n\\u{202e}x\\u{9b}"
        );
    }
}
