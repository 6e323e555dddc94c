//! `nommer rules check`

use std::path::PathBuf;

use metadata::{Faults, Rules};

use super::faulty;
use crate::exit::Exit;

/// Checks all of `paths`, or where there are none, the rules in effect.
pub fn run(
    paths: &[PathBuf],
    in_effect: impl FnOnce() -> Result<Option<PathBuf>, Exit>,
) -> Result<(), Exit> {
    let mut faults = Vec::new();
    if paths.is_empty() {
        Rules::load(in_effect()?.as_deref()).map_err(faulty)?;
    }
    for path in paths {
        let checked = if path.is_dir() {
            Rules::with_directory(path).map(drop)
        } else {
            Rules::check(path)
        };
        if let Err(Faults(found)) = checked {
            faults.extend(found);
        }
    }
    if !faults.is_empty() {
        return Err(faulty(Faults(faults)));
    }
    println!("no mistakes");
    Ok(())
}
