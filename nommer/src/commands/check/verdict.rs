//! What a check says, as plugins of Nagios do: a line of text and figures, and a code.

/// How bad it is, with the code for it.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Grade {
    /// All is well.
    Ok,
    /// Somebody should look soon.
    Warning,
    /// Somebody should look now.
    Critical,
    /// It could not be found out.
    Unknown,
}

impl Grade {
    /// The code for the operating system.
    pub fn code(self) -> u8 {
        match self {
            Self::Ok => 0,
            Self::Warning => 1,
            Self::Critical => 2,
            Self::Unknown => 3,
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Ok => "OK",
            Self::Warning => "WARNING",
            Self::Critical => "CRITICAL",
            Self::Unknown => "UNKNOWN",
        }
    }
}

/// Where a figure is bad: first for who should look soon, then for who should look now.
#[derive(Clone, Copy, Debug)]
pub enum Thresholds {
    /// From these on.
    From(u64, u64),
    /// Below these.
    Below(u64, u64),
}

impl Thresholds {
    /// How bad a figure is.
    pub fn grade(self, value: u64) -> Grade {
        let (is_warning, is_critical) = match self {
            Self::From(warning, critical) => (value >= warning, value >= critical),
            Self::Below(warning, critical) => (value < warning, value < critical),
        };
        match (is_critical, is_warning) {
            (true, _) => Grade::Critical,
            (false, true) => Grade::Warning,
            (false, false) => Grade::Ok,
        }
    }

    /// What is wrong where somebody should look soon only when it is worse than what calls for a look now. The options
    /// have these names.
    pub fn fault(self, [soon, now]: [&str; 2]) -> Option<String> {
        let (warning, critical, beyond) = match self {
            Self::From(warning, critical) if warning > critical => (warning, critical, "above"),
            Self::Below(warning, critical) if warning < critical => (warning, critical, "below"),
            _ => return None,
        };
        Some(format!(
            "{soon} {warning} is {beyond} {now} {critical}: what is a warning comes first"
        ))
    }

    /// As plugins write them: a range has a colon behind its lower end.
    fn text(self) -> String {
        match self {
            Self::From(warning, critical) => format!(";{warning};{critical}"),
            Self::Below(warning, critical) => format!(";{warning}:;{critical}:"),
        }
    }
}

/// A figure of the command line.
pub fn limit(text: &str) -> Result<u64, String> {
    text.parse().map_err(|_| {
        "it is no limit: write a whole number such as 50, as ranges and fractions are not understood"
            .to_owned()
    })
}

/// What a check found.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Verdict {
    told: Vec<(Grade, String)>,
    figures: Vec<String>,
}

impl Verdict {
    /// A check that found nothing but this.
    pub fn only(grade: Grade, told: impl Into<String>) -> Self {
        let mut verdict = Self::default();
        verdict.tell(grade, told);
        verdict
    }

    /// Adds something that was found.
    pub fn tell(&mut self, grade: Grade, told: impl Into<String>) {
        self.told.push((grade, told.into()));
    }

    /// Adds a figure, with where it is bad, if it can be.
    pub fn figure(&mut self, name: &str, value: u64, limits: Option<Thresholds>) {
        // Quotes stand around names, and none within.
        let name = name.replace(['\'', '='], "_");
        let limits = limits.map_or_else(String::new, Thresholds::text);
        self.figures.push(format!("'{name}'={value}{limits}"));
    }

    /// The worst of all.
    pub fn grade(&self) -> Grade {
        let grades = self.told.iter().map(|(grade, _)| *grade);
        grades.max().unwrap_or(Grade::Ok)
    }

    /// The line: what is bad, the worst first, or else all that was found; then the figures.
    pub fn line(&self, service: &str) -> String {
        let worst = self.grade();
        let mut told: Vec<_> = self.told.iter().collect();
        if worst > Grade::Ok {
            told.retain(|(grade, _)| *grade > Grade::Ok);
        }
        told.sort_by_key(|(grade, _)| std::cmp::Reverse(*grade));
        let told: Vec<String> = told.into_iter().map(|(_, told)| one_line(told)).collect();
        let mut line = format!("{service} {}: {}", worst.word(), told.join("; "));
        if !self.figures.is_empty() {
            line = format!("{line} | {}", self.figures.join(" "));
        }
        line
    }
}

/// A bar would begin the figures, and a line's end the next line.
fn one_line(text: &str) -> String {
    text.replace('|', "/")
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_tells_what_is_bad_and_the_worst_first() {
        let mut verdict = Verdict::only(Grade::Ok, "all is here");
        verdict.figure("a queue", 3, Some(Thresholds::From(50, 500)));
        verdict.figure("days", 3, Some(Thresholds::Below(30, 7)));
        verdict.figure("it's=", 7, None);
        assert_eq!(
            verdict.line("ZOO"),
            "ZOO OK: all is here | 'a queue'=3;50;500 'days'=3;30:;7: 'it_s_'=7"
        );
        verdict.tell(Grade::Warning, "the lion\nyawns");
        verdict.tell(Grade::Critical, "the gate | is open");
        assert_eq!(
            verdict.line("ZOO"),
            "ZOO CRITICAL: the gate / is open; the lion yawns | 'a queue'=3;50;500 'days'=3;30:;7: 'it_s_'=7"
        );
        assert_eq!(verdict.grade().code(), 2);
    }

    #[test]
    fn what_is_a_warning_comes_before_what_is_critical() {
        let names = ["--a", "--b"];
        for fine in [
            Thresholds::From(5, 5),
            Thresholds::From(5, 6),
            Thresholds::Below(5, 5),
            Thresholds::Below(6, 5),
        ] {
            assert_eq!(fine.fault(names), None, "{fine:?}");
        }
        for (wrong, told) in [
            (Thresholds::From(6, 5), "--a 6 is above --b 5: "),
            (Thresholds::Below(5, 6), "--a 5 is below --b 6: "),
        ] {
            let fault = wrong.fault(names).unwrap_or_default();
            assert!(fault.starts_with(told), "{fault}");
        }
    }

    #[test]
    fn a_figure_is_bad_from_its_limit_on_or_below_it() {
        for (value, from, below) in [
            (49, Grade::Ok, Grade::Critical),
            (50, Grade::Warning, Grade::Warning),
            (499, Grade::Warning, Grade::Warning),
            (500, Grade::Critical, Grade::Ok),
        ] {
            assert_eq!(Thresholds::From(50, 500).grade(value), from, "{value}");
            assert_eq!(Thresholds::Below(500, 50).grade(value), below, "{value}");
        }
    }
}
