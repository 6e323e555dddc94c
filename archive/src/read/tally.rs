//! Which categories and topics there are, and how many messages each has, as the counters tell.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

use crate::counts::kind::Kind;
use crate::database::sql::{Bind, Sql};
use crate::dimension::{Dimension, Filters, Match};
use crate::error::StoreError;
use crate::hidden::Hidden;
use crate::query::shown::{counts_hidden_topics, push_hidden_topic, push_shown_counter};
use crate::read::reader::Reader;
use crate::search::Search;

/// How many messages something has.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Tally {
    /// The name of the category or the topic.
    pub name: String,
    /// How many messages, at least 1.
    pub messages: u64,
}

impl Reader {
    /// Which of these topics or categories have messages.
    pub fn seen(&self, dimension: Dimension, names: &[String]) -> Result<Vec<String>, StoreError> {
        let mut seen = Vec::new();
        for name in names {
            let (any, none) = (vec![name.clone()], Vec::new());
            let search = Search {
                filters: Filters::from([(dimension, Match { any, none })]),
                ..Search::default()
            };
            let first = self.walk(&search, None).leaving_out().step(1)?;
            seen.extend(first.first().map(|_| name.clone()));
        }
        Ok(seen)
    }

    /// The categories that have messages, in the database's order of texts.
    pub fn categories(&self) -> Result<Vec<Tally>, StoreError> {
        self.tallies(Dimension::Categories, None)
    }

    /// The topics that have messages, or messages of a category, of which alone they are then
    /// counted; in the database's order of texts.
    pub fn topics(&self, of_category: Option<&str>) -> Result<Vec<Tally>, StoreError> {
        self.tallies(Dimension::Topics, of_category)
    }

    fn tallies(
        &self,
        dimension: Dimension,
        category: Option<&str>,
    ) -> Result<Vec<Tally>, StoreError> {
        let shape = dimension.name();
        let rows = self.run("tallies", &shape, |connection, _| {
            let sql = select(dimension, category, &self.hidden);
            sql.of::<(Text, BigInt)>().load::<(String, i64)>(connection)
        })?;
        let tally = |(name, count)| {
            let messages = u64::try_from(count).ok().filter(|count| *count > 0)?;
            Some(Tally { name, messages })
        };
        Ok(rows.into_iter().filter_map(tally).collect())
    }
}

/// Sums of the counters of years, and of what is to be added to them, by name.
///
/// The index has a name's days and months beside its years: so the names are looked for one after
/// the other, each by one look, and what lies between is not read.
fn select(dimension: Dimension, category: Option<&str>, hidden: &Hidden) -> Sql {
    let letter = Kind::Of(dimension).letter();
    let first = |after: &str| {
        format!("SELECT name FROM counters WHERE kind = '{letter}' {after} ORDER BY name LIMIT 1")
    };
    let of_category = |sql: &mut Sql| {
        if let Some(category) = category {
            sql.push(" AND category = ")
                .bind(Bind::Text(category.to_owned()));
        }
        push_shown_counter(sql, hidden, dimension);
    };
    let mut sql = Sql::new(&format!(
        "WITH RECURSIVE names AS (
           ({}) UNION ALL
           SELECT next.name FROM names CROSS JOIN LATERAL ({}) AS next)
         SELECT name, sum(count)::bigint FROM (
           SELECT names.name, year.count FROM names CROSS JOIN LATERAL (
             SELECT count FROM counters
             WHERE kind = '{letter}' AND name = names.name AND span = 'y'",
        first(""),
        first("AND name > names.name")
    ));
    of_category(&mut sql);
    sql.push(&format!(
        " OFFSET 0) AS year
           UNION ALL
           SELECT name, change FROM counter_notes WHERE kind = '{letter}'"
    ));
    of_category(&mut sql);
    if counts_hidden_topics(hidden, dimension) {
        let topic = Kind::Of(Dimension::Topics).letter();
        for (count, table) in [
            ("count", "counters WHERE span = 'y' AND"),
            ("change", "counter_notes WHERE"),
        ] {
            sql.push(&format!(
                " UNION ALL SELECT category, -{count} FROM {table} kind = '{topic}'"
            ));
            push_hidden_topic(&mut sql, hidden);
        }
    }
    sql.push(") AS counted GROUP BY name ORDER BY name");
    sql
}
