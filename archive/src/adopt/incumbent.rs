//! The other archive: how we connect to it, and that nothing is ever written there.

use chrono::{Datelike as _, NaiveDateTime};
use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::sql_types::{Nullable, Timestamp};

use crate::database::address::Address;
use crate::database::connection::{ConnectionOptions, PgPool};
use crate::database::settings::Settings;
use crate::error::StoreError;
use crate::span::Span;

/// What a session begins with. Its plans go by indexes: what is read is a small part of all, and nobody
/// knows how old the statistics are. Where the database does not know which encoding its texts have, they
/// come as they are.
const SETTINGS: &str = "
    SET application_name = 'nommer adopt'; SET default_transaction_read_only = on;
    SET TIME ZONE 'UTC'; SET datestyle = 'ISO, YMD'; SET standard_conforming_strings = on;
    SET statement_timeout = 0; SET lock_timeout = 0; SET idle_in_transaction_session_timeout = '5min';
    SET jit = off; SET max_parallel_workers_per_gather = 0; SET enable_seqscan = off;
    SELECT set_config('client_encoding', 'SQL_ASCII', false) WHERE current_setting('server_encoding') = 'SQL_ASCII'";

/// The encoding in which texts are read as bytes, for a function of SQL: UTF-8, or as they are where nobody
/// knows it. As texts, such as are not UTF-8 would be refused.
pub(super) const AS_BYTES: &str =
    "CASE getdatabaseencoding() WHEN 'SQL_ASCII' THEN 'SQL_ASCII' ELSE 'UTF8' END";

/// Connections to the other archive, from which nothing can be written.
pub(super) fn pool(address: &Address, options: &ConnectionOptions) -> PgPool {
    let settings = Settings::of_statements(SETTINGS);
    // Its own servers may be silent, too.
    let options = options.clone();
    let options = options.waiting_longer_by(address.time_before_the_last());
    options.pool_at(Ok(address.clone().reading_only()), settings)
}

/// Runs `work` in one short snapshot.
pub(super) fn in_snapshot<T>(
    connection: &mut PgConnection,
    work: impl FnOnce(&mut PgConnection) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    let transaction = connection.build_transaction().read_only();
    transaction.repeatable_read().run(work)
}

/// A condition for a column of times; true of all where nothing bounds them. Written out, as statements
/// that copy rows take no values.
pub(super) fn within(span: Span, column: &str) -> String {
    let bound = |sign: &str, at: Option<NaiveDateTime>| {
        at.map_or_else(String::new, |at| {
            format!(" AND {column} {sign} {}", literal(at))
        })
    };
    format!("true{}{}", bound(">=", span.from), bound("<", span.to))
}

/// A time in SQL.
pub(super) fn literal(at: NaiveDateTime) -> String {
    // The library writes a sign before years of five digits.
    format!(
        "timestamp '{:04}-{}'",
        at.year(),
        at.format("%m-%d %H:%M:%S%.6f")
    )
}

/// A time that may be none.
#[derive(QueryableByName)]
pub(super) struct Moment {
    #[diesel(sql_type = Nullable<Timestamp>)]
    pub(super) at: Option<NaiveDateTime>,
}

/// The time that a query answers in its column `at`.
pub(super) fn moment(
    connection: &mut PgConnection,
    query: &str,
) -> QueryResult<Option<NaiveDateTime>> {
    let row = diesel::sql_query(query).get_result(connection).optional()?;
    Ok(row.and_then(|Moment { at }| at))
}
