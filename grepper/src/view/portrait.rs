//! What there is of one name, as its page and as JSON.

use archive::{Facet, GroupBy, Message, Portrait};
use chrono::{DateTime, Datelike, Days, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use metadata::{MessageView, Rules};
use pythonic::json::to_text;
use serde::Serialize;

use crate::config::pictures::PictureHosts;
use crate::filters::FILTERS;
use crate::pages::card::{Card, Size};
use crate::pages::facets::short;
use crate::pages::heat_map::heat_map;
use crate::pages::highlight::highlight;
use crate::pages::histogram::histogram;
use crate::pages::links;
use crate::pages::name_page::{NamePage, Partner, PartnerBox, name_page};
use crate::pages::numbers::grouped;
use crate::pages::search_links::SearchLinks;
use crate::request::name_params::NameParams;
use crate::view::builds::Builds;
use crate::view::builds_json::{LastBuilds, NewestOfBranches};
use crate::view::make_card::make_card;
use crate::view::message_view::Form;
use crate::view::moment::{moment, written};
use crate::view::silence::{Rate, last_come};

/// Whole weeks of the map of days, beside the present one.
const WEEKS: u64 = 52;
/// Days of the bars, today among them.
const DAYS: usize = 30;
/// Days by which it is told what is usual, today not among them.
const USUAL: usize = 28;
/// Bytes of a body that is shown as an example.
const LARGEST: usize = 20_000;

/// The midnights around the days that are counted, from a Monday on.
pub fn edges(now: NaiveDateTime) -> Vec<NaiveDateTime> {
    let today = now.date();
    let past = u64::from(today.weekday().num_days_from_monday());
    let monday = today - Days::new(7 * WEEKS + past);
    let midnight = |n| (monday + Days::new(n)).and_time(NaiveTime::MIN);
    (0..=7 * WEEKS + past + 1).map(midnight).collect()
}

/// What there is of one name.
pub struct PortraitView<'a> {
    /// What was asked.
    pub asked: &'a NameParams,
    /// What the archive has, counted between [`edges`].
    pub portrait: &'a Portrait,
    /// The newest builds of a package.
    pub builds: Option<Builds>,
    /// When it was asked.
    pub now: DateTime<Utc>,
}

/// With what messages are shown.
pub struct Showing<'a> {
    /// The base path.
    pub root: &'a str,
    /// The rules.
    pub rules: &'a Rules,
    /// Whose pictures are shown.
    pub pictures: &'a PictureHosts,
}

impl PortraitView<'_> {
    fn messages(&self) -> &[Message] {
        &self.portrait.surveyed.messages
    }

    /// When the first and the last message were sent.
    fn ends(&self) -> (NaiveDateTime, NaiveDateTime) {
        let last = self.messages().first().map(|message| message.timestamp);
        let last = last.unwrap_or_default();
        (self.portrait.first.unwrap_or(last), last)
    }

    /// How often messages come, where that is asked: of people nobody is told.
    fn rate(&self) -> Option<Rate> {
        let is_regular = matches!(self.asked.kind.by, GroupBy::Topic | GroupBy::Category);
        let bars = &self.portrait.surveyed.bars;
        let whole = &bars[..bars.len().saturating_sub(1)];
        let usual = &whole[whole.len().saturating_sub(USUAL)..];
        let now = self.now.naive_utc();
        is_regular.then(|| Rate::of(last_come(self.ends().1, bars, now), usual, now))
    }

    /// What is asked for by the filter of the name.
    fn query(&self) -> Vec<(String, String)> {
        vec![(self.asked.filter.to_owned(), self.asked.name.clone())]
    }

    /// The page.
    pub fn page(&self, shown: &Showing) -> String {
        let (root, now) = (shown.root, self.now.naive_utc());
        let query = self.query();
        let links = SearchLinks {
            root,
            path: "/v2/search",
            query: &query,
        };
        let (first, last) = self.ends();
        let rate = self.rate();
        let edges = edges(now);
        let bars = &self.portrait.surveyed.bars;
        let start = bars.len().saturating_sub(DAYS);
        name_page(
            root,
            &NamePage {
                filter: self.asked.kind.filter,
                name: &self.asked.name,
                parts: self.parts(root),
                total: self.portrait.surveyed.total,
                first: moment(first, now),
                last: moment(last, now),
                views: self.views(&links),
                usually: rate.as_ref().and_then(Rate::usually),
                silence: rate.as_ref().and_then(Rate::complaint),
                known: self.known(shown),
                builds: self
                    .builds
                    .as_ref()
                    .and_then(|builds| builds.table(root, &self.asked.name, now)),
                heat: heat_map(monday(&edges), bars),
                histogram: histogram(&links, &edges[start..], &bars[start..], "day"),
                partners: self.partners(&links),
                cards: &self.cards(shown),
                example: self.example(),
            },
        )
    }

    fn cards(&self, shown: &Showing) -> Vec<Card> {
        let card = |message| {
            let Showing {
                rules, pictures, ..
            } = shown;
            make_card(
                Form::Message,
                message,
                Size::Large,
                rules,
                pictures,
                self.now,
            )
        };
        self.messages().iter().map(card).collect()
    }

    /// The address of this page with some parameters.
    fn own(&self, root: &str, parameters: &[(&str, &str)]) -> String {
        let own = links::named(self.asked.kind.filter, &self.asked.name);
        let mark = if own.contains('?') { '&' } else { '?' };
        let query = links::query(parameters.iter().copied());
        format!("{root}{own}{mark}{query}")
    }

    /// The two parts of a user.
    fn parts(&self, root: &str) -> Vec<(&'static str, String, bool)> {
        if self.asked.other_part().is_none() {
            return Vec::new();
        }
        let part = |label, filter| {
            let href = self.own(root, &[("as", filter)]);
            (label, href, self.asked.filter == filter)
        };
        vec![part("concerns them", "user"), part("they did", "agent")]
    }

    fn views(&self, links: &SearchLinks) -> Vec<(&'static str, String)> {
        let mut of_page = vec![("format", "json")];
        if self.asked.other_part().is_some() {
            of_page.insert(0, ("as", self.asked.filter));
        }
        let chart = SearchLinks {
            path: "/charts/",
            ..*links
        };
        let mut views = vec![
            ("All messages", links.same()),
            ("Last 7 days", links.in_time(&[("delta", "604800")])),
        ];
        if self.asked.kind.by == GroupBy::Package {
            let about = links::messages_about(&format!("package:{}", self.asked.name));
            views.push((
                "With tests and gates of its builds",
                format!("{}{about}", links.root),
            ));
        }
        views.extend([
            ("Messages as JSON", links.set("format", "json")),
            ("Chart", chart.same()),
            ("This page as JSON", self.own(links.root, &of_page)),
        ]);
        views
    }

    /// What is known of a topic beside its numbers.
    fn known(&self, shown: &Showing) -> Vec<(&'static str, String, Option<String>)> {
        let newest = self.messages().first();
        let Some(newest) = newest.filter(|_| self.asked.kind.by == GroupBy::Topic) else {
            return Vec::new();
        };
        let root = shown.root;
        let category = format!("{root}{}", links::named("category", &newest.category));
        let mut known = vec![("Category", newest.category.clone(), Some(category))];
        let headers = newest.headers.as_deref().unwrap_or_default();
        if let Some(schema) = schema(headers) {
            known.push(("Schema", schema, None));
        }
        let view = MessageView {
            topic: &newest.topic,
            headers,
            body: &newest.msg,
        };
        if let Some(file) = shown.rules.file_of(&view) {
            known.push(("Rules", file.to_owned(), None));
        }
        if let Some(id) = &newest.msg_id {
            let shown = [
                ("id", id.as_str()),
                ("is_raw", "true"),
                ("size", "extra-large"),
            ];
            let href = format!("{root}/v2/id?{}", links::query(shown));
            known.push(("Example", id.clone(), Some(href)));
        }
        known
    }

    fn example(&self) -> Option<String> {
        let newest = self.messages().first()?;
        let is_shown = self.asked.kind.by == GroupBy::Topic && newest.left_out == 0;
        let body: &str = &newest.msg;
        (is_shown && body.len() <= LARGEST).then(|| highlight(body))
    }

    fn partners(&self, links: &SearchLinks) -> Vec<PartnerBox> {
        let facets = self.portrait.surveyed.facets.iter();
        facets.map(|facet| partners(links, facet)).collect()
    }

    /// What the page shows, for programs.
    pub fn json(&self) -> String {
        let (first, last) = self.ends();
        let rate = self.rate();
        let days = edges(self.now.naive_utc());
        let surveyed = &self.portrait.surveyed;
        let counted = days
            .iter()
            .zip(&surveyed.bars)
            .filter(|(_, count)| **count > 0);
        to_text(&PortraitMembers {
            kind: self.asked.kind.filter,
            name: &self.asked.name,
            by: self.asked.filter,
            total: surveyed.total,
            first: written(first),
            last: written(last),
            usual_per_day: rate.map(|rate| rate.per_day),
            usual_gap: rate.and_then(|rate| Some(rate.gap?.num_seconds())),
            silent_for: rate.and_then(|rate| Some(rate.silent?.num_seconds())),
            days: counted
                .map(|(day, messages)| DayMembers {
                    day: day.date().to_string(),
                    messages: *messages,
                })
                .collect(),
            partners: surveyed.facets.iter().map(partner_members).collect(),
            builds: self.builds.as_ref().map(NewestOfBranches),
            last_builds: self.builds.as_ref().map(LastBuilds),
        })
    }
}

fn monday(edges: &[NaiveDateTime]) -> NaiveDate {
    edges.first().map(NaiveDateTime::date).unwrap_or_default()
}

/// The schema that the headers name.
fn schema(headers: &str) -> Option<String> {
    let headers: serde_json::Value = serde_json::from_str(headers).ok()?;
    Some(headers.get("fedora_messaging_schema")?.as_str()?.to_owned())
}

/// What clients call these names, and a heading for them.
fn called(by: GroupBy) -> (&'static str, &'static str) {
    let filter = FILTERS.iter().find(|filter| filter.is_of(by.dimension()));
    let heading = match by {
        GroupBy::Topic => "Topics",
        GroupBy::Category => "Categories",
        GroupBy::User => "Users",
        GroupBy::Package => "Packages",
        GroupBy::Agent => "Agents",
    };
    (filter.map_or("", |filter| filter.name), heading)
}

fn partners(links: &SearchLinks, facet: &Facet) -> PartnerBox {
    let (filter, heading) = called(facet.by);
    let partner = |tally: &archive::Tally| Partner {
        name: tally.name.clone(),
        short: short(&tally.name),
        href: links::named(filter, &tally.name),
        messages: tally.messages,
        both: links.with(filter, &tally.name),
    };
    PartnerBox {
        heading,
        of: facet
            .only
            .map(|only| format!("of the newest {}", grouped(only.messages))),
        names: facet.names.iter().map(partner).collect(),
    }
}

fn partner_members(facet: &Facet) -> PartnerMembers<'_> {
    PartnerMembers {
        kind: called(facet.by).0,
        newest: facet.only.map(|only| NewestMembers {
            messages: only.messages,
            since: written(only.since),
        }),
        names: facet
            .names
            .iter()
            .map(|tally| NameMembers {
                name: &tally.name,
                messages: tally.messages,
            })
            .collect(),
    }
}

/// The members of the answer.
#[derive(Serialize)]
struct PortraitMembers<'a> {
    kind: &'a str,
    name: &'a str,
    by: &'a str,
    total: u64,
    first: String,
    last: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    usual_per_day: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    usual_gap: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    silent_for: Option<i64>,
    days: Vec<DayMembers>,
    partners: Vec<PartnerMembers<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    builds: Option<NewestOfBranches<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_builds: Option<LastBuilds<'a>>,
}

#[derive(Serialize)]
struct DayMembers {
    day: String,
    messages: u64,
}

#[derive(Serialize)]
struct PartnerMembers<'a> {
    kind: &'a str,
    newest: Option<NewestMembers>,
    names: Vec<NameMembers<'a>>,
}

#[derive(Serialize)]
struct NewestMembers {
    messages: u64,
    since: String,
}

#[derive(Serialize)]
struct NameMembers<'a> {
    name: &'a str,
    messages: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_begin_with_a_monday_a_year_ago_and_end_with_today() {
        for (day, first, count) in [
            ("2026-11-27T21:00:00", "2025-11-24", 369),
            ("2026-11-23T00:00:00", "2025-11-24", 365),
            ("2026-11-22T23:59:59", "2025-11-17", 371),
        ] {
            let now: NaiveDateTime = day.parse().expect("a time");
            let edges = edges(now);
            assert_eq!(monday(&edges).to_string(), first, "{day}");
            assert_eq!(edges.len(), count + 1);
            assert_eq!(edges[count - 1].date(), now.date());
        }
    }

    #[test]
    fn a_schema_is_what_a_header_names() {
        let named = schema(r#"{"fedora_messaging_schema": "wiki.article.edit.v1"}"#);
        assert_eq!(named.as_deref(), Some("wiki.article.edit.v1"));
        for none in ["", "{}", r#"{"fedora_messaging_schema": 3}"#] {
            assert_eq!(schema(none), None);
        }
    }
}
