//! Of which requests the log has a line.

use std::str::FromStr;

/// Which requests are told in the log.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum AccessLog {
    /// Each.
    #[default]
    All,
    /// Those whose answer has a status of 400 or more.
    Errors,
    /// These, and one of so many others.
    OneOf(u64),
    /// None.
    Off,
}

impl AccessLog {
    /// Whether the request is told that was answered with this status as the `number`-th.
    pub fn tells(self, status: u16, number: u64) -> bool {
        match self {
            Self::All => true,
            Self::Errors => status >= 400,
            Self::OneOf(others) => status >= 400 || number.is_multiple_of(others),
            Self::Off => false,
        }
    }
}

impl FromStr for AccessLog {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let one_of = |others: &str| others.parse().ok().filter(|others| *others > 0);
        match text {
            "all" => Ok(Self::All),
            "errors" => Ok(Self::Errors),
            "off" => Ok(Self::Off),
            _ => match text.strip_prefix("1/").and_then(one_of) {
                Some(others) => Ok(Self::OneOf(others)),
                None => Err(format!(
                    "access_log must be all, errors, off or 1/N such as 1/100, not {text:?}"
                )),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_for_all_for_some_or_for_what_went_wrong() {
        for (text, expected) in [
            ("all", "200 200 200 200 404"),
            ("errors", "404"),
            ("1/2", "200 200 404"),
            ("1/1", "200 200 200 200 404"),
            ("off", ""),
        ] {
            let log: AccessLog = text.parse().expect(text);
            let told = (0..).zip([200, 200, 200, 200, 404]);
            let told = told.filter(|(number, status)| log.tells(*status, *number));
            let told: Vec<String> = told.map(|(_, status)| status.to_string()).collect();
            assert_eq!(told.join(" "), expected, "{text}");
        }
        for text in ["", "some", "1/0", "1/-1", "1/", "2/3", "All"] {
            let fault = text.parse::<AccessLog>().expect_err(text);
            assert!(fault.contains("1/N"), "{fault}");
        }
    }
}
