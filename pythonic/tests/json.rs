//! Every way to write JSON gives Python's form; where Python is at hand, it is asked itself.

mod cases;
mod python;

use cases::CASES;
use pythonic::json::{normalise, push_ascii, to_text, valid_json};
use serde_json::Value;
use serde_json::value::RawValue;

#[test]
fn the_form_of_a_text_is_pythons() {
    for (json, form) in CASES {
        assert_eq!(normalise(json).as_deref(), Ok(*form), "{json}");
    }
}

#[test]
fn a_value_is_written_in_pythons_form() {
    for (json, form) in CASES {
        let value: Value = serde_json::from_str(json).unwrap();
        assert_eq!(to_text(&value), *form, "{json}");
    }
}

#[test]
fn the_form_is_spliced_as_it_is() {
    for (_, form) in CASES {
        let raw: &RawValue = serde_json::from_str(form).unwrap();
        assert_eq!(to_text(&raw), *form);
    }
}

/// Each character that may need an escape, and some from every plane beyond.
fn characters() -> Vec<char> {
    let beyond = [0x7ff, 0x800, 0xd7ff, 0xe000, 0xfffd, 0xffff];
    let planes = (1..=0x10).flat_map(|plane| [plane << 16, (plane << 16) + 0xffff]);
    (0..0x300)
        .chain(beyond)
        .chain(planes)
        .filter_map(char::from_u32)
        .collect()
}

/// What Python's `json.dumps(json.loads(…))` makes of each text; `None` without Python.
fn dumped(texts: &[String]) -> Option<Vec<String>> {
    python::lines(
        "import json, sys\nfor text in json.load(sys.stdin): print(json.dumps(json.loads(text)))",
        &serde_json::to_string(texts).expect("JSON"),
    )
}

#[test]
fn the_table_is_what_python_writes() {
    let texts: Vec<String> = CASES.iter().map(|(json, _)| (*json).to_owned()).collect();
    let Some(dumped) = dumped(&texts) else { return };
    for ((json, form), dumped) in CASES.iter().zip(dumped) {
        assert_eq!(dumped, *form, "{json}");
    }
}

#[test]
fn every_character_is_written_as_python_does() {
    let strings: Vec<String> = characters().into_iter().map(String::from).collect();
    // serde_json leaves all as they are that JSON allows, which is what the escaping is for.
    let texts: Vec<String> = strings
        .iter()
        .map(|string| serde_json::to_string(&[string]).unwrap())
        .collect();
    let Some(dumped) = dumped(&texts) else { return };
    for ((string, json), dumped) in strings.iter().zip(&texts).zip(dumped) {
        assert_eq!(normalise(json).as_ref(), Ok(&dumped), "{json}");
        assert_eq!(to_text(&[string]), dumped);
        let raw: &RawValue = serde_json::from_str(json).unwrap();
        assert_eq!(to_text(&raw), dumped);
        let mut ascii = String::new();
        push_ascii(&mut ascii, json);
        assert_eq!(ascii, dumped);
    }
}

#[test]
fn every_escape_is_read_as_python_does() {
    let texts: Vec<String> = (0..=0xffff_u32)
        .filter(|unit| *unit < 0x300 || unit % 0x100 == 0)
        .flat_map(|unit| {
            [
                format!("[\"\\u{unit:04x}\"]"),
                format!("[\"\\u{unit:04X}é\"]"),
            ]
        })
        .chain((0..0x100).map(|low| format!("[\"\\ud83d\\ud{:03X}\"]", 0xc00 + low)))
        .collect();
    let Some(dumped) = dumped(&texts) else { return };
    for (json, dumped) in texts.iter().zip(dumped) {
        assert_eq!(normalise(json).as_ref(), Ok(&dumped), "{json}");
    }
}

#[test]
fn floats_are_printed_as_python_does() {
    let mut floats = vec![
        0.0,
        -0.0,
        0.1,
        1e15,
        9999999999999998.0,
        1e16,
        1e22,
        1e-4,
        9.999999999999999e-5,
    ];
    floats.extend((-320..=308).map(|exponent| format!("1.25e{exponent}").parse::<f64>().unwrap()));
    floats.extend((0..200).map(|n| 1_700_000_000.0 + f64::from(n) / 7.0));
    let program = "import json, sys\nfor number in json.load(sys.stdin): print(repr(number))";
    let texts = serde_json::to_string(&floats).unwrap();
    let Some(printed) = python::lines(program, &texts) else {
        return;
    };
    for (float, printed) in floats.into_iter().zip(printed) {
        assert_eq!(to_text(&float), printed);
    }
}

#[test]
fn what_python_writes_beyond_json_becomes_null() {
    assert_eq!(
        valid_json(r#"{"a": NaN, "b": [-Infinity, Infinity], "c": "NaN"}"#).as_deref(),
        Ok(r#"{"a": null, "b": [null, null], "c": "NaN"}"#)
    );
}
