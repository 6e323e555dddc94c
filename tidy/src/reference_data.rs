//! The optional folder of reference data is a variable; its usual place is named only where that default is.

use crate::fault::Fault;
use crate::source::Text;

/// Where the folder is without the variable. In two parts, so that this file does not name it.
const PLACE: &str = concat!("../", "shared");
const VARIABLE: &str = "SHARED_DATA";
/// How many lines above the variable may be named: a call is laid out over a few.
const NEAR: usize = 4;

/// Lines of `texts` that name the place without the variable.
#[must_use]
pub fn loose_mentions(texts: &[Text]) -> Vec<Fault> {
    let mut faults = Vec::new();
    for (path, text) in texts {
        let lines: Vec<&str> = text.lines().collect();
        for (number, line) in lines.iter().enumerate() {
            let near = &lines[number.saturating_sub(NEAR)..=number];
            if line.contains(PLACE) && !near.iter().any(|line| line.contains(VARIABLE)) {
                let what = format!("names a folder outside of the repository: ask `{VARIABLE}`");
                faults.push(Fault::new(path, number + 1, what));
            }
        }
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Vec<usize> {
        let faults = loose_mentions(&[("a.md".to_owned(), text.to_owned())]);
        faults.iter().map(|fault| fault.line).collect()
    }

    #[test]
    fn the_place_is_only_named_as_the_default_of_the_variable() {
        assert_eq!(lines(&format!("env({VARIABLE})\n    .or({PLACE})")), [0; 0]);
        assert_eq!(lines(&format!("see {PLACE}/golden")), [1]);
        assert_eq!(lines(&format!("{VARIABLE}\n\n\n\n\nsee {PLACE}")), [6]);
    }
}
