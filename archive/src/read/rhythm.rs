//! How often messages of a topic or a category come, as the counters of days tell: whether one is silent for longer
//! than it ever was.

use chrono::{Days, NaiveDate, NaiveDateTime};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Date, Integer, Text};

use crate::counts::bucket::Unit;
use crate::counts::kind::Kind;
use crate::database::sql::{Bind, Sql};
use crate::dimension::Dimension;
use crate::error::StoreError;
use crate::hidden::Hidden;
use crate::query::shown::{counts_hidden_topics, push_hidden_topic, push_shown_counter};
use crate::read::reader::Reader;

/// So many days are looked at.
const DAYS: Days = Days::new(366);

/// On which days of the last 366 messages came.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Rhythm {
    /// The name of the topic or the category.
    pub name: String,
    /// On how many days messages came, at least 1.
    pub days: u32,
    /// The longest time from one of these days to the next, in days; 0 where there is but one.
    pub longest_gap: u32,
    /// The last of these days.
    pub last: NaiveDate,
}

impl Reader {
    /// The rhythms of all topics or categories of which messages came in the 366 days before `now`, by name.
    pub fn rhythms(
        &self,
        dimension: Dimension,
        now: NaiveDateTime,
    ) -> Result<Vec<Rhythm>, StoreError> {
        let rows = self.run("rhythms", &dimension.name(), |connection, _| {
            select(dimension, now.date(), &self.hidden)
                .of::<(Text, BigInt, Integer, Date)>()
                .load::<(String, i64, i32, NaiveDate)>(connection)
        })?;
        let rhythm = |(name, days, gap, last): (_, i64, i32, _)| Rhythm {
            name,
            days: u32::try_from(days).unwrap_or_default(),
            longest_gap: u32::try_from(gap).unwrap_or_default(),
            last,
        };
        Ok(rows.into_iter().map(rhythm).collect())
    }
}

fn select(dimension: Dimension, today: NaiveDate, hidden: &Hidden) -> Sql {
    let (kind, day) = (Kind::Of(dimension).letter(), Unit::Day.letter());
    let first = today.checked_sub_days(DAYS).unwrap_or(today);
    let within = |sql: &mut Sql, column: &str| {
        sql.push(&format!(" AND {column} BETWEEN "))
            .bind(Bind::Date(first));
        sql.push(" AND ").bind(Bind::Date(today));
    };
    let mut sql = Sql::new(&format!(
        "SELECT name, count(*), coalesce(max(gap), 0), max(start) FROM (
           SELECT name, start, start - lag(start) OVER (PARTITION BY name ORDER BY start) AS gap FROM (
             SELECT name, start, count FROM counters WHERE kind = '{kind}' AND span = '{day}'"
    ));
    within(&mut sql, "start");
    push_shown_counter(&mut sql, hidden, dimension);
    sql.push(&format!(
        " UNION ALL SELECT name, at::date, change FROM counter_notes WHERE kind = '{kind}'"
    ));
    within(&mut sql, "at::date");
    push_shown_counter(&mut sql, hidden, dimension);
    if counts_hidden_topics(hidden, dimension) {
        let topic = Kind::Of(Dimension::Topics).letter();
        let of_days = format!("counters WHERE kind = '{topic}' AND span = '{day}'");
        let of_notes = format!("counter_notes WHERE kind = '{topic}'");
        for (at, count, table) in [
            ("start", "count", of_days),
            ("at::date", "change", of_notes),
        ] {
            sql.push(&format!(
                " UNION ALL SELECT category, {at}, -{count} FROM {table}"
            ));
            within(&mut sql, at);
            push_hidden_topic(&mut sql, hidden);
        }
    }
    sql.push(
        ") AS counted GROUP BY name, start HAVING sum(count) > 0) AS days GROUP BY name ORDER BY name",
    );
    sql
}
