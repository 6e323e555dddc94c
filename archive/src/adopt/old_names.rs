//! Keys of users and packages: which of ours is which of the other archive's.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::{PoisonError, RwLock};

use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::sql_types::{Binary, Integer, Nullable};

use crate::adopt::incumbent::AS_BYTES;
use crate::database::connection::PgPool;
use crate::error::StoreError;
use crate::store::association::Association;

/// Keys of the other archive and of ours, as far as they were asked for. A row without a name, or with one
/// that is no text, has none of ours.
pub(super) struct OldNames {
    pub(super) association: &'static Association,
    known: RwLock<HashMap<i32, Option<i32>>>,
}

#[derive(QueryableByName)]
struct OldName {
    #[diesel(sql_type = Integer)]
    id: i32,
    #[diesel(sql_type = Nullable<Binary>)]
    name: Option<Vec<u8>>,
}

impl OldNames {
    pub(super) fn of(association: &'static Association) -> Self {
        Self {
            association,
            known: RwLock::default(),
        }
    }

    /// Learns the keys of these, and adds names to ours that are new to it: by a connection of its own, so
    /// that nobody waits for a name until a slice is stored.
    pub(super) fn learn(
        &self,
        old: &mut PgConnection,
        new: &PgPool,
        keys: impl Iterator<Item = i32>,
    ) -> Result<(), StoreError> {
        let unknown: Vec<i32> = {
            let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
            let keys: BTreeSet<i32> = keys.filter(|key| !known.contains_key(key)).collect();
            keys.into_iter().collect()
        };
        for keys in unknown.chunks(1000) {
            let names = names(old, self.association.names, keys)?;
            let texts: HashSet<&str> = names.iter().filter_map(OldName::text).collect();
            let mut texts: Vec<&str> = texts.into_iter().collect();
            texts.sort_unstable();
            let ours = match texts.is_empty() {
                true => HashMap::new(),
                false => self.association.keys(&mut new.get()?.connection, &texts)?,
            };
            let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
            known.extend(keys.iter().map(|key| (*key, None)));
            known.extend(names.iter().map(|name| {
                let ours = name.text().and_then(|text| ours.get(text).copied());
                (name.id, ours)
            }));
        }
        Ok(())
    }

    /// Our key.
    pub(super) fn ours(&self, key: i32) -> Option<i32> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        known.get(&key).copied().flatten()
    }

    /// Forgets all: a name of ours may be gone.
    pub(super) fn forget(&self) {
        *self.known.write().unwrap_or_else(PoisonError::into_inner) = HashMap::new();
    }
}

impl OldName {
    fn text(&self) -> Option<&str> {
        std::str::from_utf8(self.name.as_deref()?).ok()
    }
}

/// The names.
fn names(connection: &mut PgConnection, table: &str, keys: &[i32]) -> QueryResult<Vec<OldName>> {
    let keys: Vec<String> = keys.iter().map(i32::to_string).collect();
    diesel::sql_query(format!(
        "SELECT id, convert_to(name, {AS_BYTES}) AS name
         FROM {table} WHERE id = ANY ('{{{}}}')",
        keys.join(",")
    ))
    .load(connection)
}
