//! Markdown tables.

use crate::statistics::Ratio;

/// A section with a table; the first column is text, the others are numbers.
pub fn table(title: &str, note: &str, columns: &[&str], rows: &[Vec<String>]) -> String {
    let mut text = format!("## {title}\n\n");
    if !note.is_empty() {
        text += &format!("{note}\n\n");
    }
    let line = |cells: &mut dyn Iterator<Item = &str>| {
        cells.fold("|".to_owned(), |line, cell| {
            format!("{line} {} |", cell.replace('|', "\\|"))
        }) + "\n"
    };
    text += &line(&mut columns.iter().copied());
    text += &format!("|---|{}\n", "--:|".repeat(columns.len().saturating_sub(1)));
    for row in rows {
        text += &line(&mut row.iter().map(String::as_str));
    }
    text
}

/// With three digits that count, which is more than a busy machine gives.
pub fn number(value: f64) -> String {
    match value.abs() {
        size if size >= 100.0 => format!("{value:.0}"),
        size if size >= 10.0 => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    }
}

/// A number that may be missing.
pub fn or_dash(value: Option<f64>) -> String {
    value.map_or("–".to_owned(), number)
}

/// The middle of ratios, and between what half of them lie.
pub fn ratio_cells(ratio: &Ratio) -> [String; 2] {
    let [low, high] = ratio.quartiles;
    [
        format!("{:.3}", ratio.middle),
        format!("{low:.2}–{high:.2}"),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_markdown() {
        let text = table(
            "T",
            "",
            &["what", "ms"],
            &[vec!["a|b".to_owned(), number(1234.5)]],
        );
        assert_eq!(text, "## T\n\n| what | ms |\n|---|--:|\n| a\\|b | 1234 |\n");
        assert_eq!([99.96, 12.34, 0.123].map(number), ["100.0", "12.3", "0.12"]);
    }
}
