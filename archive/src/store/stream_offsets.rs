//! How far streams of the broker are read: kept in the database that has what was read, so that a restored one has
//! the place of its backup.

use std::sync::{Arc, Mutex, PoisonError};

use chrono::NaiveDateTime;
use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Binary, Text, Timestamp};

use crate::database::connection::{self, ConnectionOptions, PATIENCE, PgPool};
use crate::database::origin::Origin;
use crate::error::StoreError;
use crate::store::dead_letters::digest_of;
use crate::store::left_out::one_row;

/// A place in a stream.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct StreamOffset {
    /// What the stream had before this offset is stored, or among the dead letters.
    pub stored_before: u64,
    /// Of the message before it, by which the stream is told from another one of the same name.
    digest: Vec<u8>,
    /// When that message was sent, or was read where it does not say. UTC.
    pub sent_at: NaiveDateTime,
}

impl StreamOffset {
    /// The place after the message that has this offset, which has these parts.
    #[must_use]
    pub fn after(offset: u64, message: &[&[u8]], sent_at: NaiveDateTime) -> Self {
        Self {
            stored_before: offset + 1,
            digest: digest_of(message).to_vec(),
            sent_at,
        }
    }

    /// Whether this is the place after the message that has this offset and these parts.
    #[must_use]
    pub fn is_after(&self, offset: u64, message: &[&[u8]]) -> bool {
        self.stored_before == offset + 1 && self.digest == digest_of(message)
    }
}

/// How far one stream is read.
pub struct StreamOffsets {
    pool: PgPool,
    virtual_host: String,
    queue: String,
    /// The database that told what is kept.
    origin: Mutex<Option<Arc<Origin>>>,
}

#[derive(QueryableByName)]
struct OffsetRow {
    #[diesel(sql_type = BigInt)]
    stored_before: i64,
    #[diesel(sql_type = Binary)]
    digest: Vec<u8>,
    #[diesel(sql_type = Timestamp)]
    sent_at: NaiveDateTime,
}

impl StreamOffsets {
    /// Of the stream with this name. Does not connect yet.
    pub fn new(options: &ConnectionOptions, virtual_host: &str, queue: &str) -> Self {
        // One connection: what is kept later is not overtaken by what was to be kept before.
        let options = ConnectionOptions {
            pool_size: 1,
            ..options.clone()
        };
        Self {
            pool: options.pool(),
            virtual_host: virtual_host.to_owned(),
            queue: queue.to_owned(),
            origin: Mutex::default(),
        }
    }

    /// What is kept, if anything.
    pub fn kept(&self) -> Result<Option<StreamOffset>, StoreError> {
        let look = |connection: &mut PgConnection, origin: &Arc<Origin>| {
            let row: Option<OffsetRow> = diesel::sql_query(
                "SELECT stored_before, digest, sent_at FROM stream_offsets WHERE virtual_host = $1 AND queue = $2",
            )
            .bind::<Text, _>(&self.virtual_host)
            .bind::<Text, _>(&self.queue)
            .get_result(connection)
            .optional()?;
            Ok((row, origin.clone()))
        };
        let shape = format!("stream: {}", self.queue);
        let found =
            connection::run_again(&self.pool, "stream_offset", &shape, Some(PATIENCE), look);
        let (row, origin) = found?;
        *self.origin.lock().unwrap_or_else(PoisonError::into_inner) = Some(origin);
        Ok(row.map(|row| StreamOffset {
            stored_before: row.stored_before.cast_unsigned(),
            digest: row.digest,
            sent_at: row.sent_at,
        }))
    }

    /// Keeps a place, once all before it is stored. Answers false, and keeps nothing, unless the database is the one that
    /// told what is kept and was not started again: one that was restored, or has taken the place of another, may
    /// lack what was stored.
    pub fn keep(&self, place: &StreamOffset) -> Result<bool, StoreError> {
        let told_by = self.origin.lock().unwrap_or_else(PoisonError::into_inner);
        let told_by = told_by.clone();
        let keep = |connection: &mut PgConnection, origin: &Arc<Origin>| {
            if told_by.as_ref() != Some(origin) {
                return Ok(false);
            }
            self.write(connection, place).map(|()| true)
        };
        let shape = format!("stream: {}", self.queue);
        connection::run_knowing(
            &self.pool,
            "keep_stream_offset",
            &shape,
            Some(PATIENCE),
            keep,
        )
    }

    fn write(&self, connection: &mut PgConnection, place: &StreamOffset) -> QueryResult<()> {
        let kept = diesel::sql_query(
            "INSERT INTO stream_offsets (virtual_host, queue, stored_before, digest, sent_at) VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (virtual_host, queue) DO UPDATE SET stored_before = excluded.stored_before,
                 digest = excluded.digest, sent_at = excluded.sent_at",
        )
        .bind::<Text, _>(&self.virtual_host)
        .bind::<Text, _>(&self.queue)
        .bind::<BigInt, _>(place.stored_before.cast_signed())
        .bind::<Binary, _>(&place.digest)
        .bind::<Timestamp, _>(place.sent_at)
        .execute(connection)?;
        one_row("stream_offsets", kept)
    }
}
