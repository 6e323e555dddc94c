//! Ties messages to the users and packages they concern.

use std::collections::{BTreeSet, HashMap};

use chrono::NaiveDateTime;
use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Integer, Text, Timestamp};

use crate::database::sql::{Bind, Sql};
use crate::schema::{packages_messages, users_messages};
use crate::store::copy;
use crate::store::names::Names;

/// The key of a name, and the key and the time of a message.
pub(crate) type Tie = (i32, i64, NaiveDateTime);

/// A table of names and the one that ties them to messages.
pub(crate) struct Association {
    /// The table of names.
    pub(crate) names: &'static str,
    /// The table of ties.
    pub(crate) ties: &'static str,
    /// The column of ties that has the key of the name.
    pub(crate) key: &'static str,
    copy: fn(&mut PgConnection, &[Tie]) -> QueryResult<usize>,
}

#[derive(QueryableByName)]
struct NameKey {
    #[diesel(sql_type = Integer)]
    id: i32,
    #[diesel(sql_type = Text)]
    name: String,
}

impl Association {
    pub(crate) const USERS: Self = Self {
        names: "users",
        ties: "users_messages",
        key: "user_id",
        copy: |connection, ties| {
            use users_messages::{msg_id, msg_timestamp, table, user_id};
            let rows = ties.iter().map(|(user, message, time)| {
                (user_id.eq(user), msg_id.eq(message), msg_timestamp.eq(time))
            });
            let rows: Vec<_> = rows.collect();
            copy::rows(connection, diesel::copy_from(table).from_insertable(rows))
        },
    };

    pub(crate) const PACKAGES: Self = Self {
        names: "packages",
        ties: "packages_messages",
        key: "package_id",
        copy: |connection, ties| {
            use packages_messages::{msg_id, msg_timestamp, package_id, table};
            let rows = ties.iter().map(|(package, message, time)| {
                let key = package_id.eq(package);
                (key, msg_id.eq(message), msg_timestamp.eq(time))
            });
            let rows: Vec<_> = rows.collect();
            copy::rows(connection, diesel::copy_from(table).from_insertable(rows))
        },
    };

    /// Adds names to the table of names; those that it has stay.
    fn add_names(&self, connection: &mut PgConnection, names: &[&str]) -> QueryResult<()> {
        let table = self.names;
        diesel::sql_query(format!(
            "INSERT INTO {table} (name) SELECT name FROM unnest($1) AS new (name)
             WHERE NOT EXISTS (SELECT 1 FROM {table} known WHERE known.name = new.name)
             ON CONFLICT (name) DO NOTHING"
        ))
        .bind::<Array<Text>, _>(names)
        .execute(connection)
        .map(drop)
    }

    fn keys_of(&self, connection: &mut PgConnection, names: &[&str]) -> QueryResult<Vec<NameKey>> {
        let table = self.names;
        diesel::sql_query(format!(
            "SELECT id, name FROM {table} WHERE name = ANY ($1)"
        ))
        .bind::<Array<Text>, _>(names)
        .load(connection)
    }

    /// The names that have these keys.
    pub(crate) fn names_of(
        &self,
        connection: &mut PgConnection,
        keys: &[i32],
    ) -> QueryResult<HashMap<i32, String>> {
        let table = self.names;
        let rows: Vec<NameKey> =
            diesel::sql_query(format!("SELECT id, name FROM {table} WHERE id = ANY ($1)"))
                .bind::<Array<Integer>, _>(keys)
                .load(connection)?;
        Ok(rows.into_iter().map(|row| (row.id, row.name)).collect())
    }

    /// The keys of these names, of which those that are new are added.
    pub(crate) fn keys(
        &self,
        connection: &mut PgConnection,
        names: &[&str],
    ) -> QueryResult<HashMap<String, i32>> {
        self.add_names(connection, names)?;
        let rows = self.keys_of(connection, names)?;
        Ok(rows.into_iter().map(|row| (row.name, row.id)).collect())
    }

    /// Names of those that have another key than this one by now: they were renamed or deleted, and
    /// perhaps another name got their key. Until the end of the transaction, the table is not emptied.
    fn outdated<'a>(
        &self,
        connection: &mut PgConnection,
        keys: &HashMap<&'a str, i32>,
    ) -> QueryResult<Vec<&'a str>> {
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        let table = self.names;
        // Looked up one by one: a join might read the table.
        let mut sql = Sql::new("SELECT name FROM unnest(");
        sql.bind(Bind::Texts(
            keys.keys().map(|name| (*name).to_owned()).collect(),
        ))
        .push(", ")
        .bind(Bind::Integers(keys.values().copied().collect()));
        sql.push(&format!(
            ") AS known (name, id) WHERE (SELECT true FROM {table} AS stored
                WHERE stored.id = known.id AND stored.name = known.name LIMIT 1) IS NULL"
        ));
        let names: Vec<String> = sql.of::<Text>().load(connection)?;
        let asked = names
            .iter()
            .filter_map(|name| keys.get_key_value(name.as_str()));
        let mut outdated: Vec<&str> = asked.map(|(name, _)| *name).collect();
        outdated.sort_unstable();
        Ok(outdated)
    }

    /// Ties messages, each given as key, time and names; answers how many ties are new.
    pub(super) fn add<'a>(
        &self,
        connection: &mut PgConnection,
        messages: impl Iterator<Item = (i64, NaiveDateTime, &'a [String])>,
    ) -> QueryResult<usize> {
        let (mut names, mut ids, mut times) = (Vec::new(), Vec::new(), Vec::new());
        for (id, timestamp, names_of_message) in messages {
            for name in names_of_message
                .iter()
                .map(String::as_str)
                .collect::<BTreeSet<&str>>()
            {
                names.push(name);
                ids.push(id);
                times.push(timestamp);
            }
        }
        if names.is_empty() {
            return Ok(0);
        }
        let distinct: Vec<&str> = names
            .iter()
            .copied()
            .collect::<BTreeSet<&str>>()
            .into_iter()
            .collect();
        self.add_names(connection, &distinct)?;
        let Self {
            names: table,
            ties,
            key,
            ..
        } = self;
        diesel::sql_query(format!(
            "INSERT INTO {ties} ({key}, msg_id, msg_timestamp)
             SELECT {table}.id, new.msg_id, new.msg_timestamp
             FROM unnest($1, $2, $3) AS new (name, msg_id, msg_timestamp) JOIN {table} USING (name)
             ON CONFLICT DO NOTHING"
        ))
        .bind::<Array<Text>, _>(names)
        .bind::<Array<BigInt>, _>(ids)
        .bind::<Array<Timestamp>, _>(times)
        .execute(connection)
    }

    /// Adds ties of messages that are stored, of which some may be there; answers how many are new.
    pub(crate) fn add_late(
        &self,
        connection: &mut PgConnection,
        ties: &[Tie],
    ) -> QueryResult<usize> {
        if ties.is_empty() {
            return Ok(0);
        }
        let Self {
            ties: table, key, ..
        } = self;
        diesel::sql_query(format!(
            "INSERT INTO {table} ({key}, msg_id, msg_timestamp)
             SELECT * FROM unnest($1, $2, $3) ORDER BY 1, 3, 2 ON CONFLICT DO NOTHING"
        ))
        .bind::<Array<Integer>, _>(ties.iter().map(|tie| tie.0).collect::<Vec<_>>())
        .bind::<Array<BigInt>, _>(ties.iter().map(|tie| tie.1).collect::<Vec<_>>())
        .bind::<Array<Timestamp>, _>(ties.iter().map(|tie| tie.2).collect::<Vec<_>>())
        .execute(connection)
    }

    /// Ties messages that are new, so that no tie can be there already. Answers the keys of the
    /// names that were not `known`, to be learnt when the transaction is committed.
    pub(super) fn add_to_new<'a>(
        &self,
        connection: &mut PgConnection,
        known: &Names,
        messages: impl Iterator<Item = (i64, NaiveDateTime, &'a [String])> + Clone,
    ) -> QueryResult<HashMap<String, i32>> {
        let distinct: BTreeSet<&str> = messages
            .clone()
            .flat_map(|(.., names)| names)
            .map(String::as_str)
            .collect();
        let (mut keys, mut unknown) = known.keys(distinct);
        for name in self.outdated(connection, &keys)? {
            keys.remove(name);
            unknown.push(name);
        }
        let mut found = HashMap::new();
        if !unknown.is_empty() {
            found = self.keys(connection, &unknown)?;
            keys.extend(
                unknown
                    .iter()
                    .filter_map(|name| Some((*name, *found.get(*name)?))),
            );
        }
        let mut ties: Vec<Tie> = Vec::new();
        for (id, timestamp, names) in messages {
            ties.extend(
                names
                    .iter()
                    .filter_map(|name| Some((*keys.get(name.as_str())?, id, timestamp))),
            );
        }
        self.copy_new(connection, ties)?;
        Ok(found)
    }

    /// Copies ties, none of which is there; answers how many there were, each counted once.
    pub(crate) fn copy_new(
        &self,
        connection: &mut PgConnection,
        mut ties: Vec<Tie>,
    ) -> QueryResult<usize> {
        // In the order of the index, and each once.
        ties.sort_unstable_by_key(|(key, id, timestamp)| (*key, *timestamp, *id));
        ties.dedup();
        if !ties.is_empty() {
            (self.copy)(connection, &ties)?;
        }
        Ok(ties.len())
    }
}
