//! Takes one slice over: reads it in a snapshot of the other archive, and stores it in a transaction of ours.

use std::collections::HashSet;

use chrono::{Datelike, NaiveDateTime};
use diesel::connection::SimpleConnection as _;
use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::result::{DatabaseErrorKind, Error};

use crate::adopt::copied::Adopted;
use crate::adopt::here::{Here, Sign};
use crate::adopt::ledger::{self, KeyRun, Recorded};
use crate::adopt::old_names::OldNames;
use crate::adopt::old_row::{self, AGENT_NAME, CATEGORY, MSG, MSG_ID, OldKey, OldRow, TOPIC};
use crate::adopt::old_ties::{self, Fate, Fates, OldTie};
use crate::adopt::{incumbent, judge, receipts};
use crate::body::Body;
use crate::database::connection::PgPool;
use crate::database::locks::{self, ADOPTION};
use crate::error::StoreError;
use crate::message::{Identity, NewMessage};
use crate::span::Span;
use crate::store::trial::{self, Cause};
use crate::store::{batch, copy, dead_letters};
use crate::subject::Subjects;

/// So many bytes, or so many messages, are copied by one statement: they are in memory, and the server keeps
/// as much for the triggers that count them.
const MOST_BYTES: usize = 8 << 20;
const MOST_ROWS: usize = 10_000;

/// How long the other archive may take for what is copied next; and so much memory that what a statement
/// copies need not go through files to the triggers that count it.
const SETTINGS: &str =
    "SET LOCAL idle_in_transaction_session_timeout = '10min'; SET LOCAL work_mem = '32MB'";

/// How often others may store messages of the same moment between a look and a copy.
const MOST_RACES: u32 = 50;

/// What all who take slices over share.
pub(super) struct Taker {
    /// The other archive.
    pub(super) old: PgPool,
    /// Ours.
    pub(super) new: PgPool,
    /// What tells the other archive from others.
    pub(super) source: String,
    /// What earlier runs have taken over.
    pub(super) recorded: Vec<Recorded>,
    /// The session that sees to it that nobody else takes over meanwhile.
    pub(super) alone: i32,
    pub(super) users: OldNames,
    pub(super) packages: OldNames,
}

/// A slice while it is taken over.
struct Slice<'a> {
    taker: &'a Taker,
    span: Span,
    here: Here,
    users: Vec<OldTie>,
    packages: Vec<OldTie>,
    fates: Fates,
    adopted: Adopted,
    /// The keys that were given.
    keys: Vec<KeyRun>,
    /// What is to be copied next.
    bytes: Vec<u8>,
    waiting: Vec<Waiting>,
    letters: Vec<Letter>,
    /// How many bytes the letters have.
    bytes_of_letters: usize,
}

/// A message that is to be copied.
struct Waiting {
    key: OldKey,
    timestamp: NaiveDateTime,
    sign: Sign,
    /// Whether its sender gave no time.
    is_untimed: bool,
    /// Where its columns end in the bytes of all; they begin where those before end.
    end: usize,
    start: usize,
}

/// A message that is to be put aside.
struct Letter {
    row: OldRow,
    reason: String,
}

impl Taker {
    /// Takes a slice over; when it fails, nothing of it is stored, unless the database ended as it stored
    /// all of it.
    pub(super) fn take(&self, span: Span) -> Result<Adopted, StoreError> {
        let (mut old, mut new) = (self.old.get()?, self.new.get()?);
        let _watched = new.wait("adopt").watch()?;
        let answer = self.take_by(&mut old.connection, &mut new.connection, span);
        // In the middle of a copy a connection is of no use any more.
        old.note(answer.is_ok(), answer.is_err());
        new.note(answer.is_ok(), answer.is_err());
        if answer.is_err() {
            self.users.forget();
            self.packages.forget();
        }
        answer
    }

    fn take_by(
        &self,
        old: &mut PgConnection,
        new: &mut PgConnection,
        span: Span,
    ) -> Result<Adopted, StoreError> {
        new.transaction(|new| {
            new.batch_execute(SETTINGS)?;
            // It ends before ours does, whose end is the last that can fail.
            let slice = incumbent::in_snapshot(old, |old| {
                let mut slice = self.begin(old, new, span)?;
                old_row::each(old, &old_row::all_of(span), |row| slice.read(row, new))?;
                slice.store(new)?;
                Ok(slice)
            })?;
            let Slice {
                fates, mut adopted, ..
            } = slice;
            adopted.slices = 1;
            adopted.users = old_ties::store(new, &self.users, &slice.users, &fates)?;
            adopted.packages = old_ties::store(new, &self.packages, &slice.packages, &fates)?;
            if !locks::is_held_by(new, self.alone, ADOPTION)? {
                return Err(StoreError::Unavailable(
                    "the session ended that keeps others from taking over".into(),
                ));
            }
            ledger::record(new, &self.source, span, &adopted, &slice.keys)?;
            Ok(adopted)
        })
    }

    fn begin(
        &self,
        old: &mut PgConnection,
        new: &mut PgConnection,
        span: Span,
    ) -> Result<Slice<'_>, StoreError> {
        let users = old_ties::read(old, &self.users, span)?;
        let packages = old_ties::read(old, &self.packages, span)?;
        receipts::hold(old, new, span)?;
        for (names, ties) in [(&self.users, &users), (&self.packages, &packages)] {
            names.learn(old, &self.new, ties.iter().map(|tie| tie.name))?;
        }
        Ok(Slice {
            taker: self,
            span,
            here: Here::look(new, span)?,
            users,
            packages,
            fates: Fates::new(),
            adopted: Adopted::default(),
            keys: Vec::new(),
            bytes: Vec::new(),
            waiting: Vec::new(),
            letters: Vec::new(),
            bytes_of_letters: 0,
        })
    }
}

impl Slice<'_> {
    fn read(&mut self, row: &OldRow, new: &mut PgConnection) -> Result<(), StoreError> {
        self.adopted.read += 1;
        self.add(row);
        let bytes = self.bytes.len() + self.bytes_of_letters;
        if self.waiting.len() + self.letters.len() >= MOST_ROWS || bytes >= MOST_BYTES {
            self.store(new)?;
        }
        Ok(())
    }

    /// Adds a message to what is stored next, unless it is here.
    fn add(&mut self, row: &OldRow) {
        let timestamp = match judge::judge(row) {
            Ok(timestamp) => timestamp,
            Err(reason) => return self.put_aside(row.clone(), reason),
        };
        let sign = Sign::of(row);
        if let Some(key) = self.here.find(timestamp, &sign) {
            let fate = match ledger::has_given(&self.taker.recorded, timestamp, key) {
                true => Fate::StoredBefore(key),
                false => Fate::NotStored,
            };
            self.fates.insert(row.key(), fate);
            return;
        }
        self.here.add(timestamp, sign.clone());
        let start = self.bytes.len();
        self.bytes.extend(row.others());
        self.waiting.push(Waiting {
            key: row.key(),
            timestamp,
            sign,
            is_untimed: row.is_untimed(),
            start,
            end: self.bytes.len(),
        });
    }

    fn put_aside(&mut self, row: OldRow, reason: String) {
        self.fates.insert(row.key(), Fate::NotStored);
        self.bytes_of_letters += row.others().len();
        self.letters.push(Letter { row, reason });
    }

    /// Stores what waits.
    fn store(&mut self, new: &mut PgConnection) -> Result<(), StoreError> {
        let waiting = std::mem::take(&mut self.waiting);
        let mut left: Vec<&Waiting> = waiting.iter().collect();
        self.leave_out_received(new, &mut left)?;
        self.store_these(new, &left)?;
        self.bytes.clear();
        self.bytes_of_letters = 0;
        let mut letters = std::mem::take(&mut self.letters);
        let rows = letters.iter().map(|Letter { row, .. }| row);
        let here = receipts::retried(new, rows)?;
        letters.retain(|Letter { row, .. }| !here.contains(&row.key()));
        if letters.is_empty() {
            return Ok(());
        }
        self.adopted.put_aside += letters.len() as u64;
        let messages = letters.iter().map(|Letter { row, .. }| row.key());
        let messages: HashSet<OldKey> = messages.collect();
        let users = old_ties::names(new, &self.taker.users, &self.users, &messages)?;
        let packages = old_ties::names(new, &self.taker.packages, &self.packages, &messages)?;
        let kept = letters.iter().map(|Letter { row, reason }| {
            let whom = [&users, &packages].map(|names| {
                let names = names.get(&row.key());
                names.map_or_else(Default::default, Vec::as_slice)
            });
            (judge::digest(row), judge::letter(row, reason, whom))
        });
        let kept: Vec<_> = kept.collect();
        Ok(dead_letters::keep_new(new, &kept)?)
    }

    /// Leaves out what nommer has received itself, at another time than the other archive's program.
    fn leave_out_received(
        &mut self,
        new: &mut PgConnection,
        left: &mut Vec<&Waiting>,
    ) -> Result<(), StoreError> {
        let untimed = left.iter().filter(|message| message.is_untimed);
        let ids: Vec<&str> = untimed.filter_map(|message| message.sign.id()).collect();
        let here = receipts::here(new, self.span, &ids)?;
        if here.is_empty() {
            return Ok(());
        }
        // Ours is in the middle of its rows.
        let mut old = self.taker.old.get()?;
        let pairs = receipts::pairs(&mut old.connection, new, self.span, &here);
        old.note(pairs.is_ok(), pairs.is_err());
        let pairs = pairs?;
        let is_received = |message: &mut &Waiting| {
            let id = message.sign.id().unwrap_or_default();
            message.is_untimed && pairs.contains_key(&(id.to_owned(), message.timestamp))
        };
        for message in left.extract_if(.., is_received) {
            self.fates.insert(message.key, Fate::NotStored);
        }
        Ok(())
    }

    fn store_these(
        &mut self,
        new: &mut PgConnection,
        waiting: &[&Waiting],
    ) -> Result<(), StoreError> {
        let mut left = waiting.to_vec();
        for _ in 0..MOST_RACES {
            if left.is_empty() {
                return Ok(());
            }
            match self.copy(new, &left) {
                Ok(ids) => {
                    self.adopted.stored += ids.len() as u64;
                    for id in &ids {
                        self.note(*id);
                    }
                    let keys = left.iter().map(|message| message.key);
                    self.fates
                        .extend(keys.zip(ids.into_iter().map(Fate::Stored)));
                    return Ok(());
                }
                // Somebody stored some of them since we looked.
                Err(Error::DatabaseError(DatabaseErrorKind::UniqueViolation, _))
                    if self.leave_out_stored(new, &mut left)? => {}
                Err(error) => return self.blame(new, &left, error.into()),
            }
        }
        Err(StoreError::Unavailable(
            "others store the same messages again and again".into(),
        ))
    }

    /// Notes that a key was given: they come in their order, and seldom with gaps.
    fn note(&mut self, key: i64) {
        match self.keys.last_mut() {
            Some((_, last)) if *last + 1 == key => *last = key,
            _ => self.keys.push((key, key)),
        }
    }

    /// Copies messages, and answers the keys that they got, which are in their order.
    fn copy(&self, new: &mut PgConnection, waiting: &[&Waiting]) -> QueryResult<Vec<i64>> {
        let ids = batch::new_ids(new, waiting.len())?;
        let years = waiting.iter().map(|message| message.timestamp.year());
        let table = batch::table_of(new, years)?;
        let columns = waiting
            .iter()
            .map(|message| &self.bytes[message.start..message.end]);
        let rows: Vec<(i64, &[u8])> = ids.iter().copied().zip(columns).collect();
        // A savepoint, as a failure would end the transaction.
        new.transaction(|new| {
            let copied = copy::verbatim(new, &table, &rows)?;
            if copied == rows.len() {
                return Ok(());
            }
            let missing = rows.len() - copied;
            let reason = format!("a trigger on messages leaves {missing} out");
            let kind = DatabaseErrorKind::CheckViolation;
            Err(Error::DatabaseError(kind, Box::new(reason)))
        })?;
        Ok(ids)
    }

    /// Leaves out what is stored by now; answers whether there is any.
    fn leave_out_stored(
        &mut self,
        new: &mut PgConnection,
        left: &mut Vec<&Waiting>,
    ) -> QueryResult<bool> {
        let mut stored = Here::look(new, self.span)?;
        let before = left.len();
        let is_stored = |message: &mut &Waiting| {
            matches!(message.sign, Sign::Id(_))
                && stored.find(message.timestamp, &message.sign).is_some()
        };
        for message in left.extract_if(.., is_stored) {
            self.fates.insert(message.key, Fate::NotStored);
        }
        Ok(left.len() < before)
    }

    /// Finds out by halves which message the database refuses, and puts that aside if it is its own fault.
    fn blame(
        &mut self,
        new: &mut PgConnection,
        waiting: &[&Waiting],
        error: StoreError,
    ) -> Result<(), StoreError> {
        let StoreError::Refused(reason) = error else {
            return Err(error);
        };
        if let [message] = waiting {
            let (id, _) = message.key;
            let row = OldRow::again(id, &self.bytes[message.start..message.end]);
            let message = as_delivered(&row, message.timestamp, reason)?;
            let (message, reason) = message;
            let reason = trial::blame(&self.taker.new, &message, reason)?;
            self.put_aside(row, reason);
            return Ok(());
        }
        let (first, second) = waiting.split_at(waiting.len() / 2);
        self.store_these(new, first)?;
        self.store_these(new, second)
    }
}

/// A message as nommer would store it, to be tried alone.
fn as_delivered(
    row: &OldRow,
    timestamp: NaiveDateTime,
    reason: Cause,
) -> Result<(NewMessage, Cause), StoreError> {
    let text = |column: usize| row.text(column).unwrap_or_default().to_owned();
    let Ok(body) = Body::parse(&text(MSG)) else {
        return Err(StoreError::Refused(reason));
    };
    let headers = row
        .headers()
        .and_then(|text| serde_json::from_slice(text).ok());
    let message = NewMessage {
        msg_id: text(MSG_ID),
        identity: Identity::IdAndTime,
        topic: text(TOPIC),
        timestamp,
        category: text(CATEGORY),
        agent_name: row.text(AGENT_NAME).map(str::to_owned),
        body,
        headers,
        legacy: None,
        users: Vec::new(),
        packages: Vec::new(),
        subjects: Subjects::default(),
    };
    Ok((message, reason))
}
