//! JSON as a call of a function, for pages that load it as a script.

use crate::request::refusal::BadRequest;

/// Longer names are no names.
const LONGEST_NAME: usize = 200;

/// The name if it is one: identifiers joined by dots. Anything else could be code.
pub fn callback(name: &str) -> Result<&str, BadRequest> {
    let valid = name.len() <= LONGEST_NAME && name.split('.').all(is_identifier);
    if valid {
        Ok(name)
    } else {
        Err(BadRequest::new(
            "callback",
            name,
            "a JavaScript identifier, perhaps with dots",
        ))
    }
}

fn is_identifier(part: &str) -> bool {
    let letter = |c: char| c.is_ascii_alphabetic() || matches!(c, '_' | '$');
    part.starts_with(letter) && part.chars().all(|c| letter(c) || c.is_ascii_digit())
}

/// What comes before and after the JSON text of the call.
pub fn around(callback: &str) -> (String, &'static str) {
    (format!("{callback}("), ");")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_are_called() {
        for name in [
            "cb",
            "jQuery22408618739710087528_1795248884758",
            "jQuery_1.x",
            "$",
            "a.b._c$9",
        ] {
            assert_eq!(callback(name), Ok(name));
        }
        for name in [
            "",
            "1a",
            "a.",
            ".a",
            "a..b",
            "a b",
            "alert(1)//",
            "a[0]",
            "a\n",
            "é",
            &"a".repeat(201),
        ] {
            assert!(callback(name).is_err(), "{name}");
        }
    }
}
