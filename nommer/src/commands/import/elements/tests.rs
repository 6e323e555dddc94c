//! What is found in files, whatever happened to them.

use super::*;

/// What a file has, and why it was not read to its end.
fn read_up_to(file: &[u8], longest: usize) -> (Vec<Element>, Option<Cut>) {
    let mut elements = Elements::new(file, longest);
    let mut found = Vec::new();
    loop {
        match elements.next() {
            Ok(Some(element)) => found.push(element),
            Ok(None) => return (found, None),
            Err(cut) => return (found, Some(cut)),
        }
    }
}

/// The objects, with `!` before those that are broken; and whether the file ends as it should.
fn read(file: &str) -> (Vec<String>, bool) {
    let (found, cut) = read_up_to(file.as_bytes(), 1000);
    let text = |element: Element| match element.object {
        Object::Whole(text) => String::from_utf8(text).expect("UTF-8"),
        Object::Broken(text) => format!("!{}", String::from_utf8_lossy(&text)),
        Object::TooLong => "too long".to_owned(),
    };
    (found.into_iter().map(text).collect(), cut.is_none())
}

#[track_caller]
fn check(file: &str, expected: &[&str]) {
    assert_eq!(
        read(file),
        (
            expected.iter().map(|text| (*text).to_owned()).collect(),
            true
        )
    );
}

const ONE: &str = r#"{"body": {"a": "}],[{\" é"}, "id": "1"}"#;
const TWO: &str = r#"{"body": {"list": [{"b": NaN}, {"c": []}], "d": -1.5e3}, "topic": "a.b"}"#;
const THREE: &str = r#"{"body": {}, "headers": null}"#;

#[test]
fn objects_are_found_however_a_file_is_laid_out() {
    let pretty = "{\n  \"body\": {\n    \"list\": [\n      {\n        \"b\": 1\n      },\n      {}\n    ]\n  }\n}";
    for (file, expected) in [
        (String::new(), &[][..]),
        ("[]\n".to_owned(), &[]),
        (format!("{ONE}\n{TWO}\r\n\n{THREE}"), &[ONE, TWO, THREE]),
        (format!("[{ONE},{TWO},{THREE}]\n"), &[ONE, TWO, THREE]),
        (
            format!("\u{feff}[\n  {ONE},\n  {TWO}\n]\n[{THREE}]"),
            &[ONE, TWO, THREE],
        ),
        (format!("{ONE}{TWO} {THREE}"), &[ONE, TWO, THREE]),
        (
            format!("{pretty}\n{ONE}\n[{pretty}]"),
            &[pretty, ONE, pretty],
        ),
    ] {
        check(&file, expected);
    }
}

#[test]
fn places_are_lines_and_bytes() {
    let (found, cut) = read_up_to(
        format!("[{ONE},\n{TWO}x{THREE}]\n {{\"a\"").as_bytes(),
        1000,
    );
    let places: Vec<String> = found
        .iter()
        .map(|element| element.place.to_string())
        .collect();
    let second = ONE.len() + 3;
    let third = second + TWO.len();
    assert_eq!(
        places,
        [
            "line 1, byte 1".to_owned(),
            format!("line 2, byte {second}"),
            format!("line 2, byte {third}"),
            format!("line 2, byte {}", third + 1),
        ]
    );
    let cut = cut.expect("a cut");
    let begun = third + THREE.len() + 4;
    assert_eq!(cut.place.to_string(), format!("line 3, byte {}", begun + 4));
    let reason = format!("it ends within the message that begins at line 3, byte {begun}");
    assert_eq!(cut.reason, reason);
}

/// All but the one in the middle are found, whatever byte of it is another or missing.
#[track_caller]
fn check_neighbours(before: &str, after: &str) {
    for at in 0..TWO.len() {
        for byte in [
            None,
            Some(b'"'),
            Some(b'{'),
            Some(b'}'),
            Some(b'['),
            Some(b','),
            Some(b':'),
            Some(b'\\'),
            Some(0xff),
        ] {
            let mut garbled = TWO.as_bytes().to_vec();
            match byte {
                None => drop(garbled.remove(at)),
                Some(byte) => garbled[at] = byte,
            }
            let file = [before.as_bytes(), &garbled, after.as_bytes()].concat();
            let (found, _) = read_up_to(&file, 1000);
            let whole: Vec<&[u8]> = found
                .iter()
                .filter_map(|element| match &element.object {
                    Object::Whole(text) => Some(text.as_slice()),
                    _ => None,
                })
                .collect();
            let garbled = String::from_utf8_lossy(&garbled);
            for text in [ONE, THREE] {
                let count = whole
                    .iter()
                    .filter(|found| **found == text.as_bytes())
                    .count();
                assert_eq!(count, 2, "{garbled}: {text} of {found:?}");
            }
        }
    }
}

#[test]
fn a_garbled_line_hides_no_other() {
    check_neighbours(&format!("{THREE}\n{ONE}\n"), &format!("\n{ONE}\n{THREE}\n"));
    // Nor if it is the first or the last one.
    check_neighbours("", &format!("\n{ONE}\n{ONE}\n{THREE}\n{THREE}\n"));
    check_neighbours(&format!("{ONE}\n{ONE}\n{THREE}\n{THREE}\n"), "\n");
}

#[test]
fn a_garbled_message_of_an_array_hides_no_other() {
    check_neighbours(&format!("[{THREE},{ONE},"), &format!(",{ONE},{THREE}]\n"));
    check_neighbours(
        &format!("[\n{THREE},\n{ONE},\n"),
        &format!(",\n{ONE},\n{THREE}\n]\n"),
    );
    check_neighbours("[", &format!(",{ONE},{ONE},{THREE},{THREE}]\n"));
    check_neighbours(&format!("[{ONE},{ONE},{THREE},{THREE},"), "]\n");
}

#[test]
fn what_is_broken_is_kept_whole() {
    check(
        &format!("{ONE}\nnonsense \u{1} [\n{TWO}"),
        &[ONE, "!nonsense \u{1} [", TWO],
    );
    check(
        &format!("{{\"a\": {{\"b\": [\n{ONE}\n{TWO}\n"),
        &["!{\"a\": {\"b\": [", ONE, TWO],
    );
    check(
        &format!("[{ONE}-{TWO},{{\"a\": \"b}},{THREE}]"),
        &[ONE, "!-", TWO, "!{\"a\": \"b}", THREE],
    );
    check(&format!("[{ONE},{{\"a\": x}}]\n"), &[ONE, "!{\"a\": x}"]);
}

#[test]
fn a_file_that_ends_too_soon_says_so_at_every_byte_of_a_message() {
    for (file, whole) in [
        (format!("[{ONE},{TWO}]"), ONE.len() + 1),
        (format!("{ONE}\n{TWO}"), ONE.len()),
    ] {
        for end in whole + 2..whole + 1 + TWO.len() {
            let mut end = end;
            while !file.is_char_boundary(end) {
                end += 1;
            }
            let (found, complete) = read(&file[..end]);
            assert_eq!((found, complete), (vec![ONE.to_owned()], false), "{end}");
        }
    }
}

#[test]
fn what_is_too_long_is_passed_over() {
    let long = format!("{{\"a\": \"{}\"}}", "x".repeat(1000));
    check(&format!("{ONE}\n{long}\n{TWO}"), &[ONE, "too long", TWO]);
    check(&format!("[{ONE},{long},{TWO}]"), &[ONE, "too long", TWO]);
    let endless = long.trim_end_matches("\"}").to_owned();
    check(&format!("{ONE}\n{endless}\n{TWO}"), &[ONE, "too long", TWO]);
    check(
        &format!("[{ONE},{endless}\n}},{TWO}]"),
        &[ONE, "too long", TWO],
    );
    let deep = "{\"a\":".repeat(1001);
    let (found, cut) = read_up_to(format!("{deep}\n{ONE}").as_bytes(), 10_000);
    assert!(matches!(&found[0].object, Object::Broken(text) if text == deep.as_bytes()));
    assert_eq!((found.len(), cut.is_none()), (2, true));
}
