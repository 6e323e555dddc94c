//! Where a member stands in a JSON text: a JSONPath (RFC 9535), as programs and people have it.

use crate::pages::marks::is_marked;

/// Appends the step to the member of this name.
pub fn push_member(path: &mut String, name: &str) {
    let is_plain = name.starts_with(|char: char| char.is_ascii_alphabetic() || char == '_')
        && name
            .chars()
            .all(|char| char.is_ascii_alphanumeric() || char == '_');
    if is_plain {
        path.push('.');
        path.push_str(name);
        return;
    }
    path.push_str("['");
    for char in name.chars() {
        match char {
            '\'' | '\\' => path.extend(['\\', char]),
            // All of them have four digits.
            char if is_marked(char) => path.push_str(&format!("\\u{:04x}", u32::from(char))),
            char => path.push(char),
        }
    }
    path.push_str("']");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_says_exactly_which_member() {
        for (name, expected) in [
            ("update", "$.update"),
            ("_x9", "$._x9"),
            ("9x", "$['9x']"),
            ("", "$['']"),
            ("a b.c", "$['a b.c']"),
            ("it's \\", r"$['it\'s \\']"),
            ("ü\u{202e}\n", "$['ü\\u202e\\u000a']"),
        ] {
            let mut path = "$".to_owned();
            push_member(&mut path, name);
            assert_eq!(path, expected);
        }
    }
}
