//! What of a day is there and not here, or otherwise here, one by one.

use std::collections::{BTreeMap, HashSet};
use std::thread;
use std::time::Duration;

use chrono::{NaiveDateTime, TimeDelta, Utc};
use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Binary, Nullable, Timestamp};

use crate::adopt::here::{Here, Sign};
use crate::adopt::incumbent::{AS_BYTES, within};
use crate::adopt::old_row::{self, MSG_ID, OldRow, TOPIC};
use crate::adopt::pair::Pair;
use crate::adopt::verified::Verified;
use crate::adopt::{judge, ledger, receipts};
use crate::error::StoreError;
use crate::span::Span;
use crate::store::association::Association;
use crate::store::dead_letters::{self, LetterDigest};

/// nommer may be on its way with messages that are not older.
const RECENT: TimeDelta = TimeDelta::hours(1);
/// The pauses after which such messages are looked for again.
const PAUSES: [Duration; 4] = [
    Duration::from_secs(1),
    Duration::from_secs(2),
    Duration::from_secs(4),
    Duration::from_secs(8),
];

/// A user or a package of a message.
#[derive(QueryableByName)]
struct NamedTie {
    /// The key of the message.
    #[diesel(sql_type = BigInt)]
    key: i64,
    #[diesel(embed)]
    sign: TieSign,
}

/// By what the tie of a message there is recognised here.
#[derive(Eq, Hash, PartialEq, QueryableByName)]
struct TieSign {
    #[diesel(sql_type = Timestamp)]
    timestamp: NaiveDateTime,
    #[diesel(sql_type = Nullable<Binary>)]
    msg_id: Option<Vec<u8>>,
    #[diesel(sql_type = Binary)]
    name: Vec<u8>,
}

/// A message that is there and not here.
struct Missing {
    digest: LetterDigest,
    topic: String,
    id: String,
    /// When it was sent, if that is a time for us.
    at: Option<NaiveDateTime>,
    /// Whether its sender gave no time.
    is_untimed: bool,
}

impl Missing {
    fn of(row: &OldRow) -> Self {
        let topic = row.field(TOPIC).unwrap_or_default();
        Self {
            digest: judge::digest(row),
            topic: String::from_utf8_lossy(topic).into_owned(),
            id: row.text(MSG_ID).unwrap_or("without an id").to_owned(),
            at: row.timestamp(),
            is_untimed: row.is_untimed(),
        }
    }

    fn is_since(&self, time: NaiveDateTime) -> bool {
        self.at.is_some_and(|at| at >= time)
    }
}

/// A condition for the ties of a day in the other archive, whose indexes have their times.
pub(super) fn ties_there(day: Span) -> String {
    within(day, "tie.msg_timestamp")
}

/// A condition for the ties of a day in ours, whose indexes have the keys of messages.
pub(super) fn ties_here(day: Span) -> String {
    let (messages, ties) = (within(day, "\"timestamp\""), ties_there(day));
    format!("tie.msg_id = ANY (ARRAY(SELECT id FROM messages WHERE {messages})) AND {ties}")
}

/// Ids of messages by their topic.
type IdsByTopic = BTreeMap<String, Vec<String>>;

/// Finds out which messages of some topics are missing, which have another topic, and which are put aside.
pub(super) fn tell(
    pair: &mut Pair<'_>,
    day: Span,
    unequal: &HashSet<Vec<u8>>,
    verified: &mut Verified,
) -> Result<(), StoreError> {
    let mut here = Here::look(&mut pair.new.connection, day)?;
    let mut not_here: Vec<Missing> = Vec::new();
    let mut of_others = IdsByTopic::new();
    let recorded = pair.recorded;
    old_row::each(&mut pair.old.connection, &old_row::all_of(day), |row| {
        if row
            .field(TOPIC)
            .is_some_and(|topic| !unequal.contains(topic))
        {
            return Ok(());
        }
        let (sign, topic) = (Sign::of(row), row.text(TOPIC).unwrap_or_default());
        let found = row.timestamp();
        let found = found.and_then(|at| Some((at, here.find(at, &sign)?)));
        match (found, sign.id()) {
            (None, _) => not_here.push(Missing::of(row)),
            (Some((at, key)), Some(id)) if here.topic(at, id) != Some(topic) => {
                if ledger::is_own(recorded, at, key) {
                    verified.own += 1;
                } else {
                    let ids = of_others.entry(topic.to_owned()).or_default();
                    ids.push(id.to_owned());
                }
            }
            _ => {}
        }
        Ok::<(), StoreError>(())
    })?;
    let missing = truly_missing(pair, day, not_here, verified)?;
    let missing = by_topic(still_missing(pair, day, missing, verified)?);
    for (what, by_topic) in [("missing", missing), ("of another topic", of_others)] {
        for (topic, ids) in by_topic {
            let (day, count, some) = (name_of(day), ids.len(), ids[..ids.len().min(3)].join(", "));
            verified.differ(format!("{day}: {count} of {topic} are {what} here: {some}"));
        }
    }
    Ok(())
}

/// Which messages are neither put aside nor here with another time; those are counted.
fn truly_missing(
    pair: &mut Pair<'_>,
    day: Span,
    not_here: Vec<Missing>,
    verified: &mut Verified,
) -> Result<Vec<Missing>, StoreError> {
    let digests: Vec<LetterDigest> = not_here.iter().map(|message| message.digest).collect();
    let kept = dead_letters::kept(&mut pair.new.connection, &digests)?;
    let ids = |wanted: fn(&Missing) -> bool| {
        let wanted = not_here.iter().filter(|message| wanted(message));
        wanted.map(|message| message.id.as_str()).collect()
    };
    let untimed: Vec<&str> = ids(|message| message.is_untimed);
    let received = pair.received(day, &untimed)?;
    // A dead letter that was stored after all has the time at which it was put aside.
    let timeless: Vec<&str> = ids(|message| message.at.is_none());
    let retried = receipts::anywhere(&mut pair.new.connection, &timeless)?;
    let mut missing = Vec::new();
    for message in not_here {
        let is_here = match message.at {
            Some(at) => message.is_untimed && received.contains_key(&(message.id.clone(), at)),
            None => retried.contains(&message.id),
        };
        if kept.contains(&message.digest) {
            verified.put_aside += 1;
        } else if is_here {
            verified.received += 1;
        } else {
            missing.push(message);
        }
    }
    Ok(missing)
}

/// Which messages are missing still a while later: the other program may have been quicker with the newest.
fn still_missing(
    pair: &mut Pair<'_>,
    day: Span,
    mut missing: Vec<Missing>,
    verified: &mut Verified,
) -> Result<Vec<Missing>, StoreError> {
    let recent = Utc::now().naive_utc() - RECENT;
    for pause in PAUSES {
        if !missing.iter().any(|message| message.is_since(recent)) {
            break;
        }
        thread::sleep(pause);
        let span = day.intersection(Span::since(recent));
        let here = Here::look(&mut pair.new.connection, span)?;
        missing.retain(|Missing { at, id, .. }| at.is_none_or(|at| here.key(at, id).is_none()));
        missing = truly_missing(pair, day, missing, verified)?;
    }
    Ok(missing)
}

fn by_topic(missing: Vec<Missing>) -> IdsByTopic {
    let mut ids = IdsByTopic::new();
    for Missing { topic, id, .. } in missing {
        ids.entry(topic).or_default().push(id);
    }
    ids
}

/// Tells how many users or packages messages have there and not here, of such as are here.
pub(super) fn tell_ties(
    pair: &mut Pair<'_>,
    association: &Association,
    day: Span,
    verified: &mut Verified,
) -> Result<(), StoreError> {
    // Before their ties, which are stored with them.
    let stored = Here::look(&mut pair.new.connection, day)?;
    let here = named_ties(&mut pair.new.connection, association, &ties_here(day))?;
    let here: HashSet<TieSign> = here.into_iter().map(|tie| tie.sign).collect();
    let mut missing = 0;
    // The keys there of messages without an id: nommer stores none such itself, but may have put them aside.
    let mut without_id: Vec<i64> = Vec::new();
    for NamedTie { key, sign } in
        named_ties(&mut pair.old.connection, association, &ties_there(day))?
    {
        let id = sign.msg_id.as_deref().map(std::str::from_utf8);
        if here.contains(&sign) || std::str::from_utf8(&sign.name).is_err() {
            continue;
        }
        match id {
            None => without_id.push(key),
            Some(Ok(id)) => match stored.key(sign.timestamp, id) {
                Some(key) if pair.has_own(sign.timestamp, key) => verified.own += 1,
                Some(_) => missing += 1,
                None => {}
            },
            Some(Err(_)) => {}
        }
    }
    let put_aside = put_aside(pair, day, &without_id)?;
    missing += without_id
        .iter()
        .filter(|key| !put_aside.contains(key))
        .count();
    if missing > 0 {
        let (day, names) = (name_of(day), association.names);
        verified.differ(format!(
            "{day}: {missing} {names} of messages are missing here"
        ));
    }
    Ok(())
}

/// Which messages of a day, given by their keys there, are among the dead letters.
fn put_aside(pair: &mut Pair<'_>, day: Span, keys: &[i64]) -> QueryResult<HashSet<i64>> {
    let mut put_aside = HashSet::new();
    let within = within(day, "\"timestamp\"");
    for keys in keys.chunks(1000) {
        let keys: Vec<String> = keys.iter().map(i64::to_string).collect();
        let those = format!("messages WHERE {within} AND id IN ({})", keys.join(", "));
        let mut digests: Vec<(LetterDigest, i64)> = Vec::new();
        old_row::each(&mut pair.old.connection, &old_row::those(&those), |row| {
            digests.push((judge::digest(row), row.id()));
            Ok::<(), diesel::result::Error>(())
        })?;
        let asked: Vec<LetterDigest> = digests.iter().map(|(digest, _)| *digest).collect();
        let kept = dead_letters::kept(&mut pair.new.connection, &asked)?;
        let kept = digests
            .into_iter()
            .filter(|(digest, _)| kept.contains(digest));
        put_aside.extend(kept.map(|(_, key)| key));
    }
    Ok(put_aside)
}

fn named_ties(
    connection: &mut PgConnection,
    association: &Association,
    of_day: &str,
) -> QueryResult<Vec<NamedTie>> {
    let Association {
        names, ties, key, ..
    } = association;
    diesel::sql_query(format!(
        "SELECT message.id::bigint AS key, message.\"timestamp\", convert_to(message.msg_id::text, {AS_BYTES}) AS msg_id,
                convert_to(named.name, {AS_BYTES}) AS name
         FROM {ties} AS tie JOIN messages AS message ON message.id = tie.msg_id AND message.\"timestamp\" = tie.msg_timestamp
         JOIN {names} AS named ON named.id = tie.{key} WHERE {of_day} AND named.name IS NOT NULL"
    ))
    .load(connection)
}

fn name_of(day: Span) -> String {
    match (day.from, day.to) {
        (Some(from), Some(_)) => from.date().to_string(),
        (None, _) => "before the year 1".to_owned(),
        (_, None) => "after the year 9999".to_owned(),
    }
}
