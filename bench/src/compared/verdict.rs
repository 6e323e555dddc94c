//! What the comparison comes to, in a few lines.

use crate::compared::section::Finding;
use crate::report::table;

/// The last section of the report: the worst of each group, and all that are beyond their limits.
pub fn section(findings: &[Finding]) -> String {
    let mut groups: Vec<&str> = findings.iter().map(|found| found.group.as_str()).collect();
    groups.dedup();
    let mut rows = Vec::new();
    for group in groups {
        let of_group = findings.iter().filter(|found| found.group == group);
        let mut of_group: Vec<&Finding> = of_group.collect();
        of_group.sort_by(|a, b| b.excess().total_cmp(&a.excess()));
        let told = of_group
            .iter()
            .enumerate()
            .take_while(|(place, found)| *place == 0 || found.is_beyond());
        rows.extend(told.map(|(_, found)| found.row()));
    }
    let beyond = findings.iter().filter(|found| found.is_beyond()).count();
    let note = format!(
        "{beyond} of {} ratios are beyond their limits. The worst of each kind, and all that are.",
        findings.len()
    );
    let columns = ["what", "after/before", "middle half", "limit", "held"];
    table("Verdict", &note, &columns, &rows)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compared::section::Limit;
    use crate::statistics::Ratio;

    fn finding(group: &str, what: &str, ratio: f64, limit: Limit) -> Finding {
        Finding {
            group: group.to_owned(),
            what: what.to_owned(),
            ratio: Ratio::of([(1.0, ratio)]).unwrap(),
            limit,
        }
    }

    #[test]
    fn the_worst_of_each_group_and_all_beyond_are_told() {
        let text = section(&[
            finding("slow", "a", 1.0, Limit::AtMost(1.1)),
            finding("slow", "b", 1.2, Limit::AtMost(1.1)),
            finding("slow", "c", 1.3, Limit::AtMost(1.1)),
            finding("fast", "d", 0.5, Limit::AtMost(1.1)),
            finding("fast", "e", 0.6, Limit::AtMost(1.1)),
            finding("rate", "f", 0.9, Limit::AtLeast(0.95)),
            finding("rate", "g", 0.8, Limit::AtLeast(0.95)),
        ]);
        assert!(text.contains("4 of 7 ratios"), "{text}");
        let told = text
            .lines()
            .filter_map(|line| line.split(" | ").next()?.split(": ").nth(1));
        assert_eq!(told.collect::<String>(), "cbegf");
    }
}
