//! Words that several commands print.

/// So many of a thing, which has a plural with an s.
pub fn counted(number: u64, thing: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {thing}{plural}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_no_plural() {
        let letters = |number| counted(number, "dead letter");
        assert_eq!(letters(0), "0 dead letters");
        assert_eq!(letters(1), "1 dead letter");
        assert_eq!(letters(2), "2 dead letters");
    }
}
