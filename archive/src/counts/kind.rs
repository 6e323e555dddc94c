//! The kinds of counters, and what the database keeps with each.
//!
//! The migrations say the same in SQL; a test compares the two.

use crate::dimension::Dimension;

/// Counters of a bucket with so many messages or more keep postings: the ids of the messages.
/// Fewer are read from an index as fast.
pub(crate) const FEWEST_POSTINGS: i64 = 16;

/// What a counter counts.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub(crate) enum Kind {
    /// All messages.
    All,
    /// The messages of a value of a dimension.
    Of(Dimension),
}

impl Kind {
    pub(crate) const EACH: [Self; 7] = [
        Self::All,
        Self::Of(Dimension::Users),
        Self::Of(Dimension::Packages),
        Self::Of(Dimension::Categories),
        Self::Of(Dimension::Topics),
        Self::Of(Dimension::Agents),
        Self::Of(Dimension::Subjects),
    ];

    /// The kind's name in the column `kind` of counters.
    pub(crate) const fn letter(self) -> &'static str {
        match self {
            Self::All => "m",
            Self::Of(Dimension::Users) => "u",
            Self::Of(Dimension::Packages) => "p",
            Self::Of(Dimension::Categories) => "c",
            Self::Of(Dimension::Topics) => "t",
            Self::Of(Dimension::Agents) => "a",
            Self::Of(Dimension::Subjects) => "s",
        }
    }

    /// The kind with this letter.
    pub(crate) fn of_letter(letter: &str) -> Option<Self> {
        Self::EACH.into_iter().find(|kind| kind.letter() == letter)
    }

    /// Whether counters of a day also know its hours.
    pub(crate) const fn has_hours(self) -> bool {
        matches!(self, Self::All | Self::Of(Dimension::Categories))
    }

    /// Whether there are counters of years. Of subjects there are many, seldom asked for: to keep theirs takes
    /// writers longer than readers take to sum up months.
    pub(crate) const fn has_years(self) -> bool {
        !matches!(self, Self::Of(Dimension::Subjects))
    }

    /// Whether counters of days and months keep postings.
    pub(crate) const fn has_postings(self) -> bool {
        !matches!(self, Self::All)
    }

    /// The letters of the kinds that `is_one` says yes to, as a list in SQL: `'m', 'c'`.
    pub(crate) fn letters(is_one: fn(Self) -> bool) -> String {
        let letters: Vec<String> = Self::EACH
            .into_iter()
            .filter(|kind| is_one(*kind))
            .map(|kind| format!("'{}'", kind.letter()))
            .collect();
        letters.join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_has_a_letter_of_its_own() {
        for kind in Kind::EACH {
            assert_eq!(Kind::of_letter(kind.letter()), Some(kind));
        }
        assert_eq!(Kind::of_letter("x"), None);
        for dimension in Dimension::ALL {
            assert!(Kind::EACH.contains(&Kind::Of(dimension)), "{dimension:?}");
        }
        assert_eq!(Kind::letters(Kind::has_hours), "'m', 'c'");
    }

    /// What the migrations say of kinds is in other words the same.
    #[test]
    fn the_database_has_the_same_letters_and_the_same_threshold() {
        let server = devstack::shared_postgres().expect("a PostgreSQL server");
        let database = server.fresh_database().expect("a database");
        let options = crate::ConnectionOptions {
            url: database.url,
            application_name: "test",
            pool_size: 1,
            checkout_timeout: std::time::Duration::from_secs(10),
            statement_timeout: None,
            read_only: false,
        };
        crate::migration::apply(&options).expect("migrated");
        let sql = |sql: &str| server.run_sql(&database.name, sql).expect("an answer");
        sql(
            "INSERT INTO users (name) VALUES ('u'); INSERT INTO packages (name) VALUES ('p');
             INSERT INTO messages (i, topic, \"timestamp\", category, agent_name, msg)
                 VALUES (0, 't', '2024-05-01 12:00', 'c', 'a', '{}');
             INSERT INTO users_messages SELECT 1, id, \"timestamp\" FROM messages;
             INSERT INTO packages_messages SELECT 1, id, \"timestamp\" FROM messages;
             INSERT INTO message_subjects SELECT id, \"timestamp\", 1, '{2}' FROM messages",
        );
        crate::Upkeep::new(&options)
            .fold_counters()
            .expect("folded");
        let letters = |condition: &str| {
            sql(&format!(
                "SELECT string_agg(DISTINCT kind, ' ' ORDER BY kind) FROM counters WHERE {condition}"
            ))
        };
        let of = |is_one: fn(Kind) -> bool| {
            let kinds = Kind::EACH.into_iter().filter(|kind| is_one(*kind));
            let mut letters: Vec<&str> = kinds.map(Kind::letter).collect();
            letters.sort_unstable();
            letters.join(" ")
        };
        assert_eq!(letters("true"), of(|_| true));
        assert_eq!(letters("hours IS NOT NULL"), of(Kind::has_hours));
        assert_eq!(letters("span = 'y'"), of(Kind::has_years));
        let units = sql("SELECT string_agg(DISTINCT span, ' ' ORDER BY span) FROM counters");
        assert_eq!(units, "d m y");
        let index = sql("SELECT pg_get_indexdef('ix_counters_unindexed'::regclass)");
        for condition in [
            format!("count >= {FEWEST_POSTINGS}"),
            format!("kind <> '{}'", Kind::All.letter()),
            format!("span <> '{}'", crate::counts::bucket::Unit::Year.letter()),
        ] {
            assert!(index.contains(&condition), "{condition} in {index}");
        }
    }
}
