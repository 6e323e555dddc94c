//! Links from a search to others that differ from it in a filter, the time or the page.

use crate::filters::is_filter;
use crate::pages::links;

/// Parameters that concern one page, or one look at it.
const OF_PAGE: [&str; 6] = ["page", "before", "after", "chrome", "callback", "format"];
/// Parameters of the searched time.
const OF_TIME: [&str; 3] = ["start", "end", "delta"];
/// So many names are told at once.
pub const MOST_NAMES: u32 = 1000;

/// A search as its links know it.
#[derive(Clone, Copy, Debug, Default)]
pub struct SearchLinks<'a> {
    /// The path that the service is mounted at.
    pub root: &'a str,
    /// The path that was asked, `/raw` or `/v2/search`.
    pub path: &'a str,
    /// The parameters that were asked, decoded, in their order.
    pub query: &'a [(String, String)],
}

impl<'a> SearchLinks<'a> {
    /// The search itself, from its first page on.
    pub fn same(&self) -> String {
        self.link(self.kept())
    }

    /// The search without a value of a parameter.
    pub fn without(&self, name: &str, value: &str) -> String {
        self.link(self.kept().filter(|pair| *pair != (name, value)))
    }

    /// The search with another value, unless it has it.
    pub fn with<'p>(&self, name: &'p str, value: &'p str) -> String
    where
        'a: 'p,
    {
        let links: SearchLinks<'p> = *self;
        let new = Some((name, value)).filter(|new| !links.kept().any(|pair| pair == *new));
        links.link(links.kept().chain(new))
    }

    /// The search with a value given by another parameter.
    pub fn turned<'p>(&self, name: &str, value: &str, other: &'p str) -> String
    where
        'a: 'p,
    {
        let links: SearchLinks<'p> = *self;
        links.link(links.kept().map(|pair| match pair == (name, value) {
            true => (other, pair.1),
            false => pair,
        }))
    }

    /// The search with another value in place of one.
    pub fn replaced<'p>(&self, name: &str, value: &str, other: &'p str) -> String
    where
        'a: 'p,
    {
        let links: SearchLinks<'p> = *self;
        links.link(links.kept().map(|pair| match pair == (name, value) {
            true => (pair.0, other),
            false => pair,
        }))
    }

    /// The search over another time, as `start`, `end` and `delta` say it.
    pub fn in_time<'p>(&self, time: &[(&'p str, &'p str)]) -> String
    where
        'a: 'p,
    {
        let links: SearchLinks<'p> = *self;
        links.link(links.timeless().chain(time.iter().copied()))
    }

    /// The search with a parameter set, and all else as it is.
    pub fn set<'p>(&self, name: &'p str, value: &'p str) -> String
    where
        'a: 'p,
    {
        let links: SearchLinks<'p> = *self;
        let others = links.kept().filter(|(given, _)| *given != name);
        links.link(others.chain([(name, value)]))
    }

    /// A page of the search beside a message, over a time that stays as it is.
    pub fn page<'p>(&self, time: &[(&'p str, &'p str)], beside: &'p str, place: &'p str) -> String
    where
        'a: 'p,
    {
        let links: SearchLinks<'p> = *self;
        let pairs = links.timeless().chain(time.iter().copied());
        links.link(pairs.chain([(beside, place)]))
    }

    /// The page of this number in the form that programs read.
    pub fn json(&self, page: u64) -> String {
        let number = page.to_string();
        let page = Some(("page", number.as_str())).filter(|_| page > 1);
        let links: SearchLinks<'_> = *self;
        links.link(links.kept().chain(page).chain([("format", "json")]))
    }

    /// What matches over another time, counted by a unit of the calendar.
    pub fn counted(&self, time: &[(&str, &str)], unit: &str, form: &str) -> String {
        let filters = self.timeless().filter(|(name, _)| is_filter(name));
        let asked = filters.chain(time.iter().copied());
        let asked = asked.chain([("group_by", unit), ("format", form)]);
        format!("{}/v2/aggregate?{}", self.root, links::query(asked))
    }

    /// How many messages each name of a kind has in the searched time, of as many names as are told at once.
    pub fn names(&self, kind: &str, form: &str) -> String {
        let most = MOST_NAMES.to_string();
        let asked = self.kept();
        let asked = asked.filter(|(name, _)| is_filter(name) || OF_TIME.contains(name));
        let by = [("group_by", kind), ("limit", &most), ("format", form)];
        let query = links::query(asked.chain(by));
        format!("{}/v2/aggregate?{query}", self.root)
    }

    /// What is asked but for the page.
    pub fn kept(&self) -> impl Iterator<Item = (&'a str, &'a str)> + use<'a> {
        let pairs = self.query.iter();
        pairs
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .filter(|(name, _)| !OF_PAGE.contains(name))
    }

    /// What is asked but for page and time.
    pub fn timeless(&self) -> impl Iterator<Item = (&'a str, &'a str)> + use<'a> {
        self.kept().filter(|(name, _)| !OF_TIME.contains(name))
    }

    fn link<'p>(&self, pairs: impl Iterator<Item = (&'p str, &'p str)>) -> String {
        let query = links::query(pairs);
        let mark = if query.is_empty() { "" } else { "?" };
        format!("{}{}{mark}{query}", self.root, self.path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_differ_in_what_they_are_for() {
        let pair = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
        let query = [
            ("user", "a b"),
            ("not_user", "c"),
            ("start", "5"),
            ("page", "3"),
            ("user", "d"),
            ("meta", "url"),
        ]
        .map(pair);
        let links = SearchLinks {
            root: "/x",
            path: "/raw",
            query: &query,
        };
        for (link, expected) in [
            (
                links.same(),
                "/x/raw?user=a%20b&not_user=c&start=5&user=d&meta=url",
            ),
            (
                links.without("user", "a b"),
                "/x/raw?not_user=c&start=5&user=d&meta=url",
            ),
            (
                links.turned("not_user", "c", "user"),
                "/x/raw?user=a%20b&user=c&start=5&user=d&meta=url",
            ),
            (
                links.with("user", "d"),
                "/x/raw?user=a%20b&not_user=c&start=5&user=d&meta=url",
            ),
            (
                links.in_time(&[("delta", "60")]),
                "/x/raw?user=a%20b&not_user=c&user=d&meta=url&delta=60",
            ),
            (
                links.set("order", "asc"),
                "/x/raw?user=a%20b&not_user=c&start=5&user=d&meta=url&order=asc",
            ),
            (
                links.page(&[("end", "7")], "after", "1-2"),
                "/x/raw?user=a%20b&not_user=c&user=d&meta=url&end=7&after=1-2",
            ),
            (
                links.json(3),
                "/x/raw?user=a%20b&not_user=c&start=5&user=d&meta=url&page=3&format=json",
            ),
            (
                links.counted(&[("start", "7")], "day", "csv"),
                "/x/v2/aggregate?user=a%20b&not_user=c&user=d&start=7&group_by=day&format=csv",
            ),
            (
                links.names("topic", "csv"),
                "/x/v2/aggregate?user=a%20b&not_user=c&start=5&user=d&group_by=topic&limit=1000&format=csv",
            ),
        ] {
            assert_eq!(link, expected);
        }
        let all = SearchLinks {
            query: &[],
            ..links
        };
        assert_eq!(all.same(), "/x/raw");
    }
}
