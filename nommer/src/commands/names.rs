//! Names of what the broker has, as options give them.

use crate::config::short;

/// Reads the name of a queue or an exchange.
pub fn name(text: &str) -> Result<String, &'static str> {
    if text.is_empty() {
        return Err("a name is not empty");
    }
    short::check(text).map(|()| text.to_owned())
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use crate::commands::command_line::Cli;

    #[test]
    fn each_option_that_takes_a_name_refuses_what_amqp_cannot_carry() {
        for [verb, option] in [["consume", "--from-stream"], ["replay", "--exchange"]] {
            let parse = |name: &str| Cli::try_parse_from(["nommer", verb, option, name]);
            assert!(parse(&"\u{e9}".repeat(127)).is_ok(), "{verb}");
            let long = parse(&"\u{e9}".repeat(128)).expect_err(verb).to_string();
            assert!(long.contains(option), "{long}");
            assert!(long.contains("longer than 255 bytes"), "{long}");
            assert!(parse("").is_err(), "{verb}");
        }
    }
}
