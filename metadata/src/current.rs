//! The rules in effect, which can be read again while messages come.

use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::SystemTime;

use crate::fault::Faults;
use crate::rules::Rules;

impl Rules {
    /// The rules of a directory over those built in, or only those where there is none.
    pub fn load(directory: Option<&Path>) -> Result<Self, Faults> {
        directory.map_or_else(|| Ok(Self::embedded()), Self::with_directory)
    }
}

/// Rules, and where they came from.
#[derive(Debug)]
pub struct CurrentRules {
    directory: Option<PathBuf>,
    rules: RwLock<Arc<Rules>>,
    loaded: RwLock<SystemTime>,
}

impl CurrentRules {
    /// Reads them for the first time.
    pub fn load(directory: Option<PathBuf>) -> Result<Self, Faults> {
        let rules = Rules::load(directory.as_deref())?;
        Ok(Self {
            directory,
            rules: RwLock::new(Arc::new(rules)),
            loaded: RwLock::new(SystemTime::now()),
        })
    }

    /// Those in effect now.
    pub fn get(&self) -> Arc<Rules> {
        self.rules
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// When those in effect now were read.
    pub fn loaded(&self) -> SystemTime {
        *self.loaded.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads them again, and logs it. Where something is wrong with the new ones, the old ones stay.
    pub fn read_again(&self) {
        let Some(directory) = &self.directory else {
            tracing::info!("there is no directory of rules to read again");
            return;
        };
        let directory_name = directory.display();
        match Rules::with_directory(directory) {
            Ok(rules) => {
                tracing::info!(directory = %directory_name, schemas = rules.schemas().len(), "rules read again");
                *self.rules.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(rules);
                *self.loaded.write().unwrap_or_else(PoisonError::into_inner) = SystemTime::now();
            }
            Err(Faults(faults)) => {
                for fault in &faults {
                    tracing::error!(
                        file = fault.file,
                        // 0 where the whole file is meant.
                        line = (fault.line > 0).then_some(fault.line),
                        reason = fault.reason,
                        "a mistake in the rules"
                    );
                }
                let faults = faults.len();
                tracing::error!(directory = %directory_name, faults, "rules not read again: the old ones stay");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_with_a_mistake_leave_the_old_ones_in_place() -> std::io::Result<()> {
        let directory = tempfile::tempdir()?;
        let file = directory.path().join("zoo.toml");
        let rules = CurrentRules::load(Some(directory.path().to_owned())).expect("no mistakes");
        let knows = |schema: &str| rules.get().schemas().contains(&schema);
        assert!(!knows("zoo.lion.v1"));
        let first = rules.loaded();
        std::fs::write(&file, "[[rule]]\nschemas = ['zoo.lion.v1']\n")?;
        rules.read_again();
        assert!(knows("zoo.lion.v1"));
        let second = rules.loaded();
        assert!(second > first);
        std::fs::write(&file, "[[rule]]\nschemas = ['zoo.tiger.v1']\nurls = 'x'\n")?;
        rules.read_again();
        assert!(knows("zoo.lion.v1") && !knows("zoo.tiger.v1"));
        std::fs::remove_dir_all(directory.path())?;
        rules.read_again();
        assert!(knows("zoo.lion.v1"));
        assert_eq!(rules.loaded(), second);
        Ok(())
    }
}
