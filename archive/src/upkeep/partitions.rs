//! Makes partitions ahead of their years.

use chrono::{Datelike, NaiveDateTime};
use diesel::prelude::*;
use diesel::sql_types::{Bool, Integer};

use crate::database::connection;
use crate::error::StoreError;
use crate::upkeep::tasks::Upkeep;

impl Upkeep {
    /// Makes the partitions of the year of `now` and of the next one; answers how many are new.
    pub fn add_partitions(&self, now: NaiveDateTime) -> Result<usize, StoreError> {
        connection::run(
            &self.pool,
            "add_partitions",
            &"",
            Some(connection::PATIENCE),
            |connection| {
                let mut new = 0;
                for year in [now.year(), now.year() + 1] {
                    // Rather fails than that all writers wait behind a long query.
                    let Added { added } =
                        diesel::sql_query("SELECT messages_add_partition($1) AS added")
                            .bind::<Integer, _>(year)
                            .get_result(connection)?;
                    new += usize::from(added);
                }
                Ok(new)
            },
        )
    }
}

#[derive(QueryableByName)]
struct Added {
    #[diesel(sql_type = Bool)]
    added: bool,
}
