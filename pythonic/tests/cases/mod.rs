//! Texts of JSON and what they are in Python's form: the one table for all that writes it.
//!
//! Whoever writes JSON includes this file in its tests and goes through the table.

/// A text, and its form.
pub const CASES: &[(&str, &str)] = &[
    // Blanks.
    ("{}", "{}"),
    (r#" { "a" : [ ] , "b":{ } } "#, r#"{"a": [], "b": {}}"#),
    ("{\t\"a\"\r\n:[1,2]}", r#"{"a": [1, 2]}"#),
    (r#"{"a,b:c":"x,y:z"}"#, r#"{"a,b:c": "x,y:z"}"#),
    // Words and whole numbers.
    (
        r#"{"a":[true,false,null,0,-1,9007199254740993]}"#,
        r#"{"a": [true, false, null, 0, -1, 9007199254740993]}"#,
    ),
    // Characters beyond ASCII, in strings and names.
    (r#"{"é":"☃"}"#, r#"{"\u00e9": "\u2603"}"#),
    (r#"{"a":"\u00E9"}"#, r#"{"a": "\u00e9"}"#),
    (
        r#"{"a":"😀\uD83D\uDE00"}"#,
        r#"{"a": "\ud83d\ude00\ud83d\ude00"}"#,
    ),
    (
        "{\"a\":\"\u{80}\u{a0}\u{ffff}\"}",
        r#"{"a": "\u0080\u00a0\uffff"}"#,
    ),
    // DEL is not printable, though it is ASCII.
    (
        "{\"a\u{7f}\":\"~\u{7f}\u{80}\"}",
        r#"{"a\u007f": "~\u007f\u0080"}"#,
    ),
    (r#"{"a":"\u007F\u007e"}"#, r#"{"a": "\u007f~"}"#),
    // Escapes are the shortest.
    (r#"{"a":"\/\u002f\u0041"}"#, r#"{"a": "//A"}"#),
    (r#"{"a":"\u0022\u005C\u0009"}"#, r#"{"a": "\"\\\t"}"#),
    (
        r#"{"a":"\u0008\u000a\u000c\u000D\u0000\u001F"}"#,
        r#"{"a": "\b\n\f\r\u0000\u001f"}"#,
    ),
    (r#"{"a":"\\u0041\\\u0041\""}"#, r#"{"a": "\\u0041\\A\""}"#),
    ("{\"a\":\"\\\\é\"}", r#"{"a": "\\\u00e9"}"#),
    // Of equal names, however they are spelled, the last counts.
    (r#"{"a":1,"b":2,"a":[3]}"#, r#"{"a": [3], "b": 2}"#),
    (r#"{"a":1,"\u0061":{"b":2,"b":3}}"#, r#"{"a": {"b": 3}}"#),
];
