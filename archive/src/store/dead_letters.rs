//! Puts aside whole what cannot be archived.

use std::collections::HashSet;

use diesel::connection::SimpleConnection as _;
use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Binary, Json, Text, Timestamp};
use indexmap::IndexMap;
use sha2::{Digest as _, Sha256};

use crate::database::connection;
use crate::database::link;
use crate::dead_letter::{self, DeadLetter};
use crate::error::StoreError;
use crate::store::left_out::one_row;
use crate::store::replicated;
use crate::store::writer::Writer;

/// By what a letter that is kept already is recognised.
pub(crate) type LetterDigest = [u8; 32];

impl Writer {
    /// Keeps deliveries that cannot be archived. One that is kept already is counted. Fails if the
    /// database keeps none of one, as a trigger has it: nothing else would.
    pub fn put_aside(&self, letters: &[DeadLetter]) -> Result<(), StoreError> {
        let mut distinct = IndexMap::<LetterDigest, (&DeadLetter, i64)>::new();
        for letter in letters {
            distinct.entry(digest(letter)).or_insert((letter, 0)).1 += 1;
        }
        let bytes = letters.iter().map(|letter| letter.body.len()).sum();
        let answer = connection::run(
            self.pool(),
            "put_aside",
            &format_args!("letters: {}", distinct.len()),
            Some(connection::PATIENCE + link::time_for(bytes)),
            |connection| {
                replicated::commit(connection, |connection| {
                    for (digest, (letter, deliveries)) in &distinct {
                        link::sending(connection, letter.body.len(), |connection| {
                            keep(connection, digest, letter, *deliveries)
                        })?;
                    }
                    Ok(())
                })
            },
        );
        replicated::kept(answer)
    }
}

/// What equal deliveries have in common.
fn digest(letter: &DeadLetter) -> LetterDigest {
    let properties = letter.properties.to_string();
    digest_of(&[
        letter.routing_key.as_bytes(),
        properties.as_bytes(),
        &letter.body,
    ])
}

/// The digest of something that consists of these parts.
pub(crate) fn digest_of(parts: &[&[u8]]) -> LetterDigest {
    let mut hash = Sha256::new();
    for part in parts {
        // Lengths first, so that no two run together to the same bytes.
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hash.finalize().into()
}

/// Keeps what cannot be stored, once however often it is found. Letters are recognised by the digests that
/// are given with them.
pub(crate) fn keep_new(
    connection: &mut PgConnection,
    letters: &[(LetterDigest, DeadLetter)],
) -> QueryResult<()> {
    let bytes = letters.iter().map(|(_, letter)| letter.body.len()).sum();
    let new = link::sending(connection, bytes, |connection| {
        insert_new(connection, letters)
    })?;
    if new < letters.len() {
        let digests: Vec<LetterDigest> = letters.iter().map(|(digest, _)| *digest).collect();
        let kept = kept(connection, &digests)?;
        let all = digests.iter().all(|digest| kept.contains(digest));
        one_row("dead_letters", usize::from(all))?;
    }
    Ok(())
}

fn insert_new(
    connection: &mut PgConnection,
    letters: &[(LetterDigest, DeadLetter)],
) -> QueryResult<usize> {
    fn column<'a, T>(
        letters: &'a [(LetterDigest, DeadLetter)],
        of: impl Fn(&'a DeadLetter) -> T,
    ) -> Vec<T> {
        letters.iter().map(|(_, letter)| of(letter)).collect()
    }
    let digests: Vec<&[u8]> = letters.iter().map(|(digest, _)| &digest[..]).collect();
    let properties = column(letters, |letter| dead_letter::readable(letter.with_texts()));
    diesel::sql_query(
        "INSERT INTO dead_letters (digest, reason, received_at, last_received_at, queue, exchange, routing_key,
                                   properties, body)
         SELECT digest, reason, received_at, received_at, queue, exchange, routing_key, properties, body
         FROM unnest($1, $2, $3, $4, $5, $6, $7, $8)
             AS new (digest, reason, received_at, queue, exchange, routing_key, properties, body)
         ON CONFLICT (digest) DO NOTHING",
    )
    .bind::<Array<Binary>, _>(digests)
    .bind::<Array<Text>, _>(column(letters, |letter| without_nul(&letter.reason)))
    .bind::<Array<Timestamp>, _>(column(letters, |letter| letter.received_at))
    .bind::<Array<Text>, _>(column(letters, |letter| without_nul(&letter.queue)))
    .bind::<Array<Text>, _>(column(letters, |letter| without_nul(&letter.exchange)))
    .bind::<Array<Text>, _>(column(letters, |letter| without_nul(&letter.routing_key)))
    .bind::<Array<Json>, _>(properties)
    .bind::<Array<Binary>, _>(column(letters, |letter| letter.body.as_slice()))
    .execute(connection)
}

/// Which of these letters are kept, discarded or not.
pub(crate) fn kept(
    connection: &mut PgConnection,
    digests: &[LetterDigest],
) -> QueryResult<HashSet<LetterDigest>> {
    #[derive(QueryableByName)]
    struct KeptDigest {
        #[diesel(sql_type = Binary)]
        digest: Vec<u8>,
    }
    let mut found = HashSet::new();
    for digests in digests.chunks(1000) {
        let digests: Vec<&[u8]> = digests.iter().map(|digest| &digest[..]).collect();
        let kept: Vec<KeptDigest> =
            diesel::sql_query("SELECT digest FROM dead_letters WHERE digest = ANY ($1)")
                .bind::<Array<Binary>, _>(digests)
                .load(connection)?;
        found.extend(
            kept.into_iter()
                .filter_map(|row| LetterDigest::try_from(row.digest).ok()),
        );
    }
    Ok(found)
}

/// Takes the locks that keeping a letter takes, and needs the same rights.
pub(super) fn keep_none(connection: &mut PgConnection) -> QueryResult<()> {
    connection.batch_execute(
        "INSERT INTO dead_letters AS kept (digest, reason, received_at, last_received_at, deliveries,
                                           queue, exchange, routing_key, properties, body)
         SELECT digest, reason, received_at, last_received_at, deliveries, queue, exchange, routing_key, properties, body
         FROM dead_letters WHERE false
         ON CONFLICT (digest) DO UPDATE SET deliveries = kept.deliveries, last_received_at = kept.last_received_at",
    )
}

/// PostgreSQL's text cannot hold NUL.
fn without_nul(text: &str) -> String {
    text.replace('\0', "\u{fffd}")
}

fn keep(
    connection: &mut PgConnection,
    digest: &[u8],
    letter: &DeadLetter,
    deliveries: i64,
) -> QueryResult<()> {
    let properties = dead_letter::readable(letter.with_texts());
    diesel::sql_query(
        "INSERT INTO dead_letters AS kept (digest, reason, received_at, last_received_at, deliveries,
                                           queue, exchange, routing_key, properties, body)
         VALUES ($1, $2, $3, $3, $4, $5, $6, $7, $8, $9)
         ON CONFLICT (digest) DO UPDATE SET deliveries = kept.deliveries + excluded.deliveries,
             last_received_at = greatest(kept.last_received_at, excluded.last_received_at)",
    )
    .bind::<Binary, _>(digest)
    .bind::<Text, _>(without_nul(&letter.reason))
    .bind::<Timestamp, _>(letter.received_at)
    .bind::<BigInt, _>(deliveries)
    .bind::<Text, _>(without_nul(&letter.queue))
    .bind::<Text, _>(without_nul(&letter.exchange))
    .bind::<Text, _>(without_nul(&letter.routing_key))
    .bind::<Json, _>(properties)
    .bind::<Binary, _>(&letter.body)
    .execute(connection)
    .and_then(|kept| one_row("dead_letters", kept))
}
