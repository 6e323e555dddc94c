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

    /// How bad a figure is that should stay below both.
    pub fn of(value: u64, warning: u64, critical: u64) -> Self {
        if value >= critical {
            Self::Critical
        } else if value >= warning {
            Self::Warning
        } else {
            Self::Ok
        }
    }
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

    /// Adds a figure, with the grades from which on it is bad, if there are any.
    pub fn figure(&mut self, name: &str, value: u64, limits: Option<(u64, u64)>) {
        // Quotes stand around names, and none within.
        let name = name.replace(['\'', '='], "_");
        let limits = limits.map_or_else(String::new, |(warning, critical)| {
            format!(";{warning};{critical}")
        });
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
        verdict.figure("a queue", 3, Some((50, 500)));
        verdict.figure("it's=", 7, None);
        assert_eq!(
            verdict.line("ZOO"),
            "ZOO OK: all is here | 'a queue'=3;50;500 'it_s_'=7"
        );
        verdict.tell(Grade::Warning, "the lion\nyawns");
        verdict.tell(Grade::Critical, "the gate | is open");
        assert_eq!(
            verdict.line("ZOO"),
            "ZOO CRITICAL: the gate / is open; the lion yawns | 'a queue'=3;50;500 'it_s_'=7"
        );
        assert_eq!(verdict.grade().code(), 2);
    }

    #[test]
    fn a_figure_is_bad_from_its_limit_on() {
        for (value, grade) in [
            (49, Grade::Ok),
            (50, Grade::Warning),
            (499, Grade::Warning),
            (500, Grade::Critical),
        ] {
            assert_eq!(Grade::of(value, 50, 500), grade);
        }
    }
}
