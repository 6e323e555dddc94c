//! Names that begin as one that nobody has.

use archive::{GroupBy, Reader, StoreError};
use chrono::Utc;

/// `most` names at most of each kind that begin like a name; where none does, those that begin like its first half:
/// who mistyped the end of a name began well.
pub fn alike(
    reader: &Reader,
    kinds: &[GroupBy],
    name: &str,
    most: u32,
) -> Result<Vec<(GroupBy, String)>, StoreError> {
    let name = name.trim();
    let letters = name.chars().count();
    let half: String = name.chars().take(letters.div_ceil(2).max(2)).collect();
    for begin in [name, &half] {
        let found = beginning(reader, kinds, begin, most)?;
        if !found.is_empty() {
            return Ok(found);
        }
    }
    Ok(Vec::new())
}

fn beginning(
    reader: &Reader,
    kinds: &[GroupBy],
    begin: &str,
    most: u32,
) -> Result<Vec<(GroupBy, String)>, StoreError> {
    let mut found = Vec::new();
    if begin.is_empty() {
        return Ok(found);
    }
    for &by in kinds {
        let names = reader.names(by, begin, most, Utc::now().naive_utc())?;
        found.extend(names.into_iter().map(|name| (by, name)));
    }
    Ok(found)
}
