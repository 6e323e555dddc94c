//! Times as options give them.

use chrono::NaiveDateTime;
use pythonic::iso_time;

/// Reads a time as the incumbent's dumps did: ISO 8601, turned into UTC; one without an offset is UTC.
pub fn time(text: &str) -> Result<NaiveDateTime, &'static str> {
    iso_time::parse(text).ok_or("not a day or a time by ISO 8601")
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use crate::commands::command_line::Cli;

    #[test]
    fn each_option_that_takes_a_time_takes_the_forms_that_all_take() {
        let commands: [(&[&str], &[&str]); 8] = [
            (
                &["adopt", "--from", "postgres://x"],
                &["--since", "--until"],
            ),
            (&["audit", "--peer", "http://x"], &["--since", "--until"]),
            (&["consume", "--from-stream", "x"], &["--since"]),
            (&["dead-letters", "list"], &["--since", "--until"]),
            (&["dead-letters", "retry"], &["--since", "--until"]),
            (&["dump"], &["--since", "--before"]),
            (&["extract", "all"], &["--start", "--end"]),
            (&["replay", "--exchange", "x"], &["--since", "--before"]),
        ];
        for (command, options) in commands {
            for option in options {
                let parse = |time: &str| {
                    let typed = [&["nommer"], command, &[*option, time]].concat();
                    Cli::try_parse_from(typed)
                };
                for time in [
                    "2024-05-01",
                    "2024-05-01 10:11:12.5",
                    "2024-05-01T10:11Z",
                    "2024-05-01T10:11:12+02:00",
                ] {
                    if let Err(error) = parse(time) {
                        panic!("{command:?} {option} {time}: {error}");
                    }
                }
                for time in ["2024-02-30", "yesterday", ""] {
                    let error = parse(time).map(|_| ()).expect_err("refused").to_string();
                    assert!(error.contains("not a day or a time by ISO 8601"), "{error}");
                }
            }
        }
    }
}
