//! Puts aside whole what cannot be archived.

use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Binary, Json, Text, Timestamp};
use indexmap::IndexMap;
use sha2::{Digest, Sha256};

use crate::database::connection;
use crate::database::link;
use crate::dead_letter::{self, DeadLetter};
use crate::error::StoreError;
use crate::store::left_out::one_row;
use crate::store::writer::Writer;

impl Writer {
    /// Keeps deliveries that cannot be archived. One that is kept already is counted. Fails if the
    /// database keeps none of one, as a trigger has it: nothing else would.
    pub fn put_aside(&self, letters: &[DeadLetter]) -> Result<(), StoreError> {
        let mut distinct = IndexMap::<[u8; 32], (&DeadLetter, i64)>::new();
        for letter in letters {
            distinct.entry(digest(letter)).or_insert((letter, 0)).1 += 1;
        }
        let bytes = letters.iter().map(|letter| letter.body.len()).sum();
        connection::run(
            self.pool(),
            "put_aside",
            &format_args!("letters: {}", distinct.len()),
            Some(connection::PATIENCE + link::time_for(bytes)),
            |connection| {
                connection.transaction(|connection| {
                    for (digest, (letter, deliveries)) in &distinct {
                        link::sending(connection, letter.body.len(), |connection| {
                            keep(connection, digest, letter, *deliveries)
                        })?;
                    }
                    Ok(())
                })
            },
        )
    }
}

/// What equal deliveries have in common.
fn digest(letter: &DeadLetter) -> [u8; 32] {
    let mut hash = Sha256::new();
    let properties = letter.properties.to_string();
    // Lengths first, so that no two letters run together to the same bytes.
    for part in [
        letter.routing_key.as_bytes(),
        properties.as_bytes(),
        &letter.body,
    ] {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hash.finalize().into()
}

fn keep(
    connection: &mut PgConnection,
    digest: &[u8],
    letter: &DeadLetter,
    deliveries: i64,
) -> QueryResult<()> {
    // PostgreSQL's text cannot hold NUL.
    let text = |text: &str| text.replace('\0', "\u{fffd}");
    let properties = dead_letter::readable(letter.with_texts());
    diesel::sql_query(
        "INSERT INTO dead_letters AS kept (digest, reason, received_at, last_received_at, deliveries,
                                           queue, exchange, routing_key, properties, body)
         VALUES ($1, $2, $3, $3, $4, $5, $6, $7, $8, $9)
         ON CONFLICT (digest) DO UPDATE SET deliveries = kept.deliveries + excluded.deliveries,
             last_received_at = greatest(kept.last_received_at, excluded.last_received_at)",
    )
    .bind::<Binary, _>(digest)
    .bind::<Text, _>(text(&letter.reason))
    .bind::<Timestamp, _>(letter.received_at)
    .bind::<BigInt, _>(deliveries)
    .bind::<Text, _>(text(&letter.queue))
    .bind::<Text, _>(text(&letter.exchange))
    .bind::<Text, _>(text(&letter.routing_key))
    .bind::<Json, _>(properties)
    .bind::<Binary, _>(&letter.body)
    .execute(connection)
    .and_then(|kept| one_row("dead_letters", kept))
}
