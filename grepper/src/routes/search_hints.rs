//! Where nothing was found: which filter is at fault, what is called alike, and what there is at other times.

use archive::{GroupBy, Reader, Search, Span, StoreError};

use crate::filters::{FILTERS, Filter};
use crate::pages::search_links::SearchLinks;
use crate::pages::search_page::Hint;
use crate::pages::searched_time::everything;
use crate::routes::alike::alike;

/// Filters that are tried without: each is a count.
const MOST_TRIED: usize = 8;
/// Names that are called alike, for each value that nobody has.
const MOST_ALIKE: usize = 3;
/// Of so many it is found out whether they have messages.
const MOST_COMPARED: u32 = 8;

/// What there would be. Links lie below no base path.
pub fn hints(
    reader: &Reader,
    search: &Search,
    links: &SearchLinks,
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
    hints.extend(called_alike(reader, search, links)?);
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
fn asked(search: &Search) -> impl Iterator<Item = (&'static Filter, &'static str, String)> {
    let mut asked = Vec::new();
    for filter in &FILTERS {
        let values = filter.of(search);
        for (name, values) in [(filter.name, &values.any), (filter.not_name, &values.none)] {
            asked.extend(values.iter().map(|value| (filter, name, value.clone())));
        }
    }
    asked.into_iter()
}

/// Whether a value is one that messages have.
fn has_messages(reader: &Reader, filter: &Filter, value: &str) -> Result<bool, StoreError> {
    let mut search = Search::default();
    filter.of_mut(&mut search).any = vec![value.to_owned()];
    Ok(reader.count(&search)? > 0)
}

/// The search with another value in place of one.
fn with_instead(search: &Search, filter: &Filter, value: &str, name: &str) -> Search {
    let mut other = search.clone();
    for given in &mut filter.of_mut(&mut other).any {
        if given == value {
            name.clone_into(given);
        }
    }
    other
}

/// Names that differ from what was asked in case and blanks, or begin with it or its first half.
fn called_alike(
    reader: &Reader,
    search: &Search,
    links: &SearchLinks,
) -> Result<Vec<Hint>, StoreError> {
    let mut hints = Vec::new();
    for by in GroupBy::ALL {
        let filter = FILTERS.iter().find(|filter| filter.is_of(by.dimension()));
        let Some(filter) = filter else { continue };
        for value in filter.of(search).any.iter().take(MOST_ALIKE) {
            if value.trim().is_empty() || has_messages(reader, filter, value)? {
                continue;
            }
            let mut found_alike = Vec::new();
            for (_, name) in alike(reader, &[by], value, MOST_COMPARED)? {
                let messages = reader.count(&with_instead(search, filter, value, &name))?;
                let text = format!("with {} {name} instead", filter.name);
                found_alike.extend(found(
                    &text,
                    messages,
                    links.replaced(filter.name, value, &name),
                ));
                if found_alike.len() == MOST_ALIKE {
                    break;
                }
            }
            hints.extend(found_alike);
        }
    }
    Ok(hints)
}
