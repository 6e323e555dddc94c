//! Where nothing was found: which filter is at fault, what is called alike, and what there is at other times.

use archive::{GroupBy, Reader, Search, Span, StoreError};
use chrono::{DateTime, Utc};

use crate::filters::FILTERS;
use crate::pages::search_links::SearchLinks;
use crate::pages::search_page::Hint;
use crate::pages::searched_time::everything;

/// Filters that are tried without: each is a count.
const MOST_TRIED: usize = 8;
/// Names that are called alike, of each kind.
const MOST_ALIKE: u32 = 3;

/// What there would be. Links lie below no base path.
pub fn hints(
    reader: &Reader,
    search: &Search,
    links: &SearchLinks,
    now: DateTime<Utc>,
) -> Result<Vec<Hint>, StoreError> {
    let mut hints = Vec::new();
    // Looking into bodies needs its filters and its time.
    if !search.contains.is_empty() {
        return Ok(hints);
    }
    let always = Search {
        time: Span::ALL,
        ..search.clone()
    };
    if search.time != Span::ALL {
        let messages = reader.count(&always)?;
        hints.extend(found("in all time", messages, everything(links)));
    }
    hints.extend(alike(reader, search, links, now)?);
    for (filter, name, value) in asked(search).take(MOST_TRIED) {
        let mut without = search.clone();
        let values = filter.of_mut(&mut without);
        values
            .any
            .retain(|other| name != filter.name || *other != value);
        values
            .none
            .retain(|other| name != filter.not_name || *other != value);
        let not = if name == filter.not_name { "not " } else { "" };
        let text = format!("without {not}{} {value}", filter.name);
        let messages = reader.count(&without)?;
        hints.extend(found(&text, messages, links.without(name, &value)));
    }
    Ok(hints)
}

fn found(text: &str, messages: u64, href: String) -> Option<Hint> {
    (messages > 0).then(|| Hint {
        text: text.to_owned(),
        messages: Some(messages),
        href,
    })
}

/// All filters of a search with a value of theirs, and the parameter that gives it.
fn asked(
    search: &Search,
) -> impl Iterator<Item = (&'static crate::filters::Filter, &'static str, String)> {
    let mut asked = Vec::new();
    for filter in &FILTERS {
        let values = filter.of(search);
        for (name, values) in [(filter.name, &values.any), (filter.not_name, &values.none)] {
            asked.extend(values.iter().map(|value| (filter, name, value.clone())));
        }
    }
    asked.into_iter()
}

/// Names that differ from what was asked in case and blanks, or begin with it.
fn alike(
    reader: &Reader,
    search: &Search,
    links: &SearchLinks,
    now: DateTime<Utc>,
) -> Result<Vec<Hint>, StoreError> {
    let mut hints = Vec::new();
    for by in GroupBy::ALL {
        let filter = FILTERS.iter().find(|filter| filter.is_of(by.dimension()));
        let Some(filter) = filter else { continue };
        for value in filter.of(search).any.iter().take(MOST_ALIKE as usize) {
            if value.trim().is_empty() {
                continue;
            }
            let names = reader.names(by, value.trim(), MOST_ALIKE, now.naive_utc())?;
            for name in names.iter().filter(|name| *name != value) {
                hints.push(Hint {
                    text: format!("with {} {name} instead", filter.name),
                    messages: None,
                    href: links.replaced(filter.name, value, name),
                });
            }
        }
    }
    Ok(hints)
}
