//! Which names begin like this? For whoever types one.

use chrono::{Datelike, Months, NaiveDate, NaiveDateTime};
use diesel::prelude::*;
use diesel::sql_types::Text;

use crate::aggregation::GroupBy;
use crate::counts::bucket::Unit;
use crate::counts::kind::Kind;
use crate::database::sql::{Bind, Sql};
use crate::error::StoreError;
use crate::hidden::Hidden;
use crate::query::shown::push_shown_counter;
use crate::read::reader::Reader;

/// Of so many names at most it is found out whether they are those of hidden messages alone.
const MOST_LOOKED_AT: usize = 1000;

impl Reader {
    /// Names of the kind that begin with `prefix`, whatever the case of the letters, `most` of them at most, and topics that
    /// do behind the first three words of those of an organization (`org.x.y.`): first those
    /// with the most messages since the beginning of the month before `now`, then others. Where that would tell of
    /// hidden messages, they come in the order of their letters.
    pub fn names(
        &self,
        of: GroupBy,
        prefix: &str,
        most: u32,
        now: NaiveDateTime,
    ) -> Result<Vec<String>, StoreError> {
        let asked = Beginning {
            of,
            prefix,
            hidden: &self.hidden,
        };
        if asked.counts_hidden() {
            return self.plain_names(&asked, most as usize);
        }
        self.run("names", &of.dimension().name(), |connection, _| {
            let recent = asked.recent(since(now), most);
            let mut names: Vec<String> = recent.of::<Text>().load(connection)?;
            let missing = (most as usize).saturating_sub(names.len());
            if missing > 0 {
                let others = asked.others(&names, missing);
                names.extend(others.of::<Text>().load::<String>(connection)?);
            }
            Ok(names)
        })
    }

    /// Names that messages have which are not hidden.
    fn plain_names(&self, asked: &Beginning<'_>, most: usize) -> Result<Vec<String>, StoreError> {
        let dimension = asked.of.dimension();
        let (mut names, mut after) = (Vec::new(), None);
        for _ in 0..MOST_LOOKED_AT.div_ceil(most.max(1)) {
            let next: Vec<String> = self.run("names", &dimension.name(), |connection, _| {
                let sql = asked.in_order(after.as_deref(), most);
                sql.of::<Text>().load(connection)
            })?;
            names.extend(self.seen(dimension, &next)?);
            after = next.last().cloned();
            if names.len() >= most || next.len() < most {
                break;
            }
        }
        names.truncate(most);
        Ok(names)
    }
}

/// The first day of the month before.
fn since(now: NaiveDateTime) -> NaiveDate {
    let today = now.date();
    let month = today.with_day(1).unwrap_or(today);
    month.checked_sub_months(Months::new(1)).unwrap_or(month)
}

/// Names that begin like this.
struct Beginning<'a> {
    of: GroupBy,
    prefix: &'a str,
    hidden: &'a Hidden,
}

impl Beginning<'_> {
    /// Whether counters of these names count hidden messages, too.
    fn counts_hidden(&self) -> bool {
        match self.of {
            GroupBy::Topic => false,
            GroupBy::Category => !self.hidden.topics.is_empty(),
            GroupBy::User | GroupBy::Package | GroupBy::Agent => !self.hidden.is_empty(),
        }
    }

    /// A statement of those behind `after`, in the order of their letters.
    fn in_order(&self, after: Option<&str>, most: usize) -> Sql {
        let dimension = self.of.dimension();
        let mut sql = Sql::new("SELECT name FROM ");
        match dimension.names_table() {
            Some(table) => {
                sql.push(table);
            }
            None => {
                let (kind, year) = (Kind::Of(dimension).letter(), Unit::Year.letter());
                sql.push(&format!(
                    "(SELECT name FROM counters WHERE kind = '{kind}' AND span = '{year}'
                      UNION SELECT name FROM counter_notes WHERE kind = '{kind}') AS counted"
                ));
            }
        }
        self.push_begins(&mut sql, "name");
        if let Some(after) = after {
            sql.push(" AND name COLLATE \"C\" > ")
                .bind(Bind::Text(after.to_owned()));
        }
        sql.push(&format!(" ORDER BY name COLLATE \"C\" LIMIT {most}"));
        sql
    }

    /// A statement of those with messages since a day, most of them first.
    fn recent(&self, since: NaiveDate, most: u32) -> Sql {
        let dimension = self.of.dimension();
        let (kind, month) = (Kind::Of(dimension).letter(), Unit::Month.letter());
        let (name, names) = match dimension.names_table() {
            None => ("counted.name", String::new()),
            Some(table) => (
                "names.name",
                format!(" JOIN {table} AS names ON names.id = counted.name::integer"),
            ),
        };
        let mut sql = Sql::new(&format!(
            "SELECT {name} FROM (
               SELECT name, count FROM counters WHERE kind = '{kind}' AND span = '{month}' AND start >= "
        ));
        sql.bind(Bind::Date(since));
        push_shown_counter(&mut sql, self.hidden, dimension);
        sql.push(&format!(
            " UNION ALL SELECT name, change FROM counter_notes WHERE kind = '{kind}' AND at::date >= "
        ));
        sql.bind(Bind::Date(since));
        push_shown_counter(&mut sql, self.hidden, dimension);
        sql.push(&format!(") AS counted{names}"));
        self.push_begins(&mut sql, name);
        sql.push(&format!(
            " GROUP BY {name} HAVING sum(count) > 0
             ORDER BY sum(count) DESC, {name} COLLATE \"C\" LIMIT {most}"
        ));
        sql
    }

    /// A statement of others than `names`: users and packages by name, what else there is by when it was last seen.
    fn others(&self, names: &[String], most: usize) -> Sql {
        let dimension = self.of.dimension();
        if let Some(table) = dimension.names_table() {
            let mut sql = Sql::new(&format!("SELECT name FROM {table}"));
            self.push_begins(&mut sql, "name");
            push_not(&mut sql, names);
            sql.push(&format!(" ORDER BY name COLLATE \"C\" LIMIT {most}"));
            return sql;
        }
        let (kind, year) = (Kind::Of(dimension).letter(), Unit::Year.letter());
        let mut sql = Sql::new("SELECT name FROM counters");
        self.push_begins(&mut sql, "name");
        sql.push(&format!(
            " AND kind = '{kind}' AND span = '{year}' AND count > 0"
        ));
        push_shown_counter(&mut sql, self.hidden, dimension);
        push_not(&mut sql, names);
        sql.push(&format!(
            " GROUP BY name ORDER BY max(start) DESC, sum(count) DESC, name COLLATE \"C\" LIMIT {most}"
        ));
        sql
    }

    /// Appends that a name begins like this.
    fn push_begins(&self, sql: &mut Sql, name: &str) {
        sql.push(&format!(" WHERE (starts_with(lower({name}), lower("))
            .bind(Bind::Text(self.prefix.to_owned()))
            .push("))");
        if self.of == GroupBy::Topic && !self.prefix.is_empty() {
            let word = |n: u8| format!("split_part({name}, '.', {n})");
            let front = format!("length({} || {} || {})", word(1), word(2), word(3));
            sql.push(&format!(
                " OR {} = 'org' AND starts_with(lower(substr({name}, {front} + 4)), lower(",
                word(1)
            ))
            .bind(Bind::Text(self.prefix.to_owned()))
            .push("))");
        }
        sql.push(")");
    }
}

/// Appends that a name is none of these.
fn push_not(sql: &mut Sql, names: &[String]) {
    sql.push(" AND name <> ALL (")
        .bind(Bind::Texts(names.to_vec()))
        .push(")");
}
