//! Advisory locks, by which programs that write wait for each other.
//!
//! All are in one space of numbers, and taken in the order in which they stand here; rows come
//! after, messages by their unique key, and names by text. So two programs that need the same ones
//! do not wait for each other in a circle.

use std::sync::LazyLock;
use std::time::Duration;

use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Bool, Integer};
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// Any number, the same in each program.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Lock(i64);

/// Only one program may change the schema.
pub(crate) const MIGRATION: Lock = Lock(0x6e6f_6d6d_6572);
/// Only one program may take another archive over, which advances sequences and folds counters, too.
pub(crate) const ADOPTION: Lock = Lock(0x6164_6f70_7469);
/// Only one program may advance sequences.
pub(crate) const SEQUENCES: Lock = Lock(0x7365_7175_656e);
/// Only one program may fold or mend counters.
pub(crate) const COUNTERS: Lock = Lock(0x636f_756e_7465_7273);
/// Only one program may refresh the view of recent topics.
pub(crate) const RECENT_TOPICS: Lock = Lock(0x746f_7069_6373);
/// Only one program may add to messages that are stored.
pub(crate) const AMENDING: Lock = Lock(0x7265_7669_7369);

/// Shared by all who store messages that no unique key tells apart; who takes many of them over at once, more than
/// there is room for in a lock each, has it alone.
const MESSAGES: Lock = Lock(0x6d65_7373_6167_6573);

/// The first half of [`program`]'s lock, which is in a space of its own and waited for by nobody.
pub(crate) const PROGRAMS: i32 = 0x6e6f_6d6d;

/// The second half of the lock that all writing sessions of this program share from their start to
/// their end, so that others see which of them are of one program. It lasts as long as the program.
pub(crate) fn program() -> i32 {
    static PROGRAM: LazyLock<i32> = LazyLock::new(|| Uuid::new_v4().as_u128() as i32 & i32::MAX);
    *PROGRAM
}

/// Who holds a lock of this space sends much, see [`tell_of_sending`].
pub(crate) const SENDING: i32 = 0x7365_6e64;

/// Lets others see, until the end of the transaction, for how long the values of a statement of this
/// session may be on their way.
pub(crate) fn tell_of_sending(connection: &mut PgConnection, limit: Duration) -> QueryResult<()> {
    let seconds = i32::try_from(limit.as_secs()).unwrap_or(i32::MAX);
    let sql = format!("SELECT pg_advisory_xact_lock_shared({SENDING}, {seconds})");
    diesel::sql_query(sql).execute(connection).map(drop)
}

/// Waits for a lock that lasts until it is given back, or the session ends.
pub(crate) fn take(connection: &mut PgConnection, Lock(key): Lock) -> QueryResult<()> {
    diesel::sql_query("SELECT pg_advisory_lock($1)")
        .bind::<BigInt, _>(key)
        .execute(connection)
        .map(drop)
}

/// Takes a lock that lasts until it is given back, or the session ends, unless another program has it; answers
/// whether it did.
pub(crate) fn try_take(connection: &mut PgConnection, Lock(key): Lock) -> QueryResult<bool> {
    diesel::select(
        diesel::dsl::sql::<Bool>("pg_try_advisory_lock(")
            .bind::<BigInt, _>(key)
            .sql(")"),
    )
    .get_result(connection)
}

/// Gives back a lock that was taken.
pub(crate) fn give_back(connection: &mut PgConnection, Lock(key): Lock) -> QueryResult<()> {
    diesel::sql_query("SELECT pg_advisory_unlock($1)")
        .bind::<BigInt, _>(key)
        .execute(connection)
        .map(drop)
}

/// The number of a session, for [`is_held_by`].
pub(crate) fn session(connection: &mut PgConnection) -> QueryResult<i32> {
    diesel::select(diesel::dsl::sql::<Integer>("pg_backend_pid()")).get_result(connection)
}

/// Whether a session holds a lock.
pub(crate) fn is_held_by(
    connection: &mut PgConnection,
    session: i32,
    Lock(key): Lock,
) -> QueryResult<bool> {
    let held = diesel::sql_query(
        "SELECT FROM pg_locks WHERE locktype = 'advisory' AND granted AND pid = $1 AND objsubid = 1
         AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
         AND (classid::bigint << 32) | objid::bigint = $2",
    )
    .bind::<Integer, _>(session)
    .bind::<BigInt, _>(key)
    .execute(connection)?;
    Ok(held > 0)
}

/// Waits for a lock that lasts until the end of the transaction.
pub(crate) fn hold(connection: &mut PgConnection, Lock(key): Lock) -> QueryResult<()> {
    diesel::sql_query("SELECT pg_advisory_xact_lock($1)")
        .bind::<BigInt, _>(key)
        .execute(connection)
        .map(drop)
}

/// Takes a lock until the end of the transaction, unless another program has it; answers whether
/// it did.
pub(crate) fn try_hold(connection: &mut PgConnection, Lock(key): Lock) -> QueryResult<bool> {
    diesel::select(
        diesel::dsl::sql::<Bool>("pg_try_advisory_xact_lock(")
            .bind::<BigInt, _>(key)
            .sql(")"),
    )
    .get_result(connection)
}

/// Waits for the locks of messages with these ids, until the end of the transaction: the broker may
/// deliver to us what another writer has not committed yet.
pub(crate) fn hold_messages<'a>(
    connection: &mut PgConnection,
    msg_ids: impl Iterator<Item = &'a str>,
) -> QueryResult<()> {
    let mut keys: Vec<i64> = msg_ids.map(key_of_message).collect();
    keys.sort_unstable();
    keys.dedup();
    let Lock(all) = MESSAGES;
    // Rows are joined before their keys are locked, so that the lock of all comes first.
    diesel::sql_query(
        "SELECT pg_advisory_xact_lock(key)
         FROM (SELECT pg_advisory_xact_lock_shared($2) OFFSET 0) AS shared, unnest($1) AS key",
    )
    .bind::<Array<BigInt>, _>(keys)
    .bind::<BigInt, _>(all)
    .execute(connection)
    .map(drop)
}

/// Waits for the lock of all messages that no unique key tells apart, until the end of the transaction.
pub(crate) fn hold_all_messages(connection: &mut PgConnection) -> QueryResult<()> {
    hold(connection, MESSAGES)
}

fn key_of_message(msg_id: &str) -> i64 {
    let digest = Sha256::digest(msg_id);
    i64::from_be_bytes(std::array::from_fn(|n| digest[n]))
}
