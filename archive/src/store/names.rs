//! Keys of names, kept in memory: a name that is committed keeps its key, as a rule.

use std::collections::{BTreeSet, HashMap};
use std::sync::{PoisonError, RwLock};

/// Then all are forgotten, so that memory stays bounded; those in use are learnt again at once.
const MOST: usize = 20_000;

#[derive(Default)]
pub(super) struct Names(RwLock<HashMap<String, i32>>);

impl Names {
    /// Keys of the names that are known, and the other names, sorted.
    pub(super) fn keys<'a>(
        &self,
        names: BTreeSet<&'a str>,
    ) -> (HashMap<&'a str, i32>, Vec<&'a str>) {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let (mut keys, mut unknown) = (HashMap::with_capacity(names.len()), Vec::new());
        for name in names {
            match known.get(name) {
                Some(key) => drop(keys.insert(name, *key)),
                None => unknown.push(name),
            }
        }
        (keys, unknown)
    }

    /// Keeps what is committed, in place of what was known of these names.
    pub(super) fn learn(&self, found: HashMap<String, i32>) {
        if found.is_empty() {
            return;
        }
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if known.len() + found.len() > MOST {
            *known = HashMap::new();
        }
        known.extend(found);
    }

    /// After an error: a name may have been deleted.
    pub(super) fn forget(&self) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = HashMap::new();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_learnt_is_known_until_forgotten() {
        let names = Names::default();
        let asked = || BTreeSet::from(["b", "a", "c"]);
        names.learn(HashMap::from([("b".to_owned(), 2)]));
        assert_eq!(
            names.keys(asked()),
            (HashMap::from([("b", 2)]), vec!["a", "c"])
        );
        names.forget();
        assert_eq!(names.keys(asked()), (HashMap::new(), vec!["a", "b", "c"]));
    }

    #[test]
    fn memory_is_bounded() {
        let names = Names::default();
        for key in 0..3 * MOST as i32 {
            names.learn(HashMap::from([(key.to_string(), key)]));
        }
        assert!(names.0.read().expect("whole").len() <= MOST);
    }
}
