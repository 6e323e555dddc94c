//! Names like one that nobody has.

use std::collections::HashMap;

use archive::{GroupBy, Reader, StoreError};
use chrono::Utc;

/// So many names are compared.
const LOOKED_AT: u32 = 200;

/// `most` names at most of each kind that begin like a name; where none does, those that begin like it does before a
/// version, as builds do that have no release, or else like its first half: who mistyped the end of a name began well.
/// Of these come those that differ the least.
pub fn alike(
    reader: &Reader,
    kinds: &[GroupBy],
    name: &str,
    most: u32,
) -> Result<Vec<(GroupBy, String)>, StoreError> {
    let name = name.trim();
    let letters = name.chars().count();
    let half: String = name.chars().take(letters.div_ceil(2).max(2)).collect();
    let is_version = |text: &str| text.starts_with(|first: char| first.is_ascii_digit());
    let front = name.rsplit_once('-').filter(|(_, end)| is_version(end));
    let found = beginning(reader, kinds, name, name, most)?;
    if !found.is_empty() {
        return Ok(found);
    }
    let begins = front.map(|(front, _)| front).into_iter().chain([&*half]);
    for begin in begins {
        let mut found = beginning(reader, kinds, name, begin, LOOKED_AT)?;
        if !found.is_empty() {
            keep_closest(&mut found, name, most);
            return Ok(found);
        }
    }
    Ok(Vec::new())
}

/// Keeps so many of each kind.
fn keep_closest(found: &mut Vec<(GroupBy, String)>, name: &str, most: u32) {
    let name = name.to_lowercase();
    let distance = |other: &str| strsim::damerau_levenshtein(&name, &other.to_lowercase());
    found.sort_by_cached_key(|(_, other)| (distance(other), other.clone()));
    let mut kept = HashMap::<GroupBy, u32>::new();
    found.retain(|(by, _)| {
        let of_kind = kept.entry(*by).or_default();
        *of_kind += 1;
        *of_kind <= most
    });
}

fn beginning(
    reader: &Reader,
    kinds: &[GroupBy],
    name: &str,
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
    // That there is a name does not mean that it has messages.
    found.retain(|(_, found)| found != name);
    Ok(found)
}
