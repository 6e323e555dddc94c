//! What stands around a message on its page: the nearest of the same package, user or topic, or of all.

use archive::{Dimension, Match, Message, Reader, Search, StoreError};
use chrono::{DateTime, Utc};
use metadata::Rules;

use crate::config::pictures::PictureHosts;
use crate::filters::FILTERS;
use crate::pages::around::{AroundMessage, KINS, Kin, days};
use crate::pages::card::{Card, Size};
use crate::pages::links;
use crate::request::query::Query;
use crate::request::refusal::BadRequest;
use crate::routes::large_page::leave_out_large;
use crate::view::make_card::make_card;
use crate::view::message_view::Form;

/// So many on either side.
const MOST: u32 = 5;
/// Names that messages may have in common: any of these will do.
const MOST_NAMES: usize = 10;

/// What was asked to be shown; `None` where nothing was.
pub fn kin(query: &Query) -> Result<Option<Kin>, BadRequest> {
    let Some(given) = query.first("around").filter(|word| !word.is_empty()) else {
        return Ok(None);
    };
    let known = KINS.iter().find(|(_, word, _)| *word == given);
    match known {
        Some((kin, ..)) => Ok(Some(*kin)),
        None => {
            let allowed = "package, user, topic or all";
            Err(BadRequest::new("around", given, allowed))
        }
    }
}

/// The names that others may have in common with a message, and what finds them; `None` if it has none.
fn filter(message: &Message, kin: Kin) -> Option<(Dimension, &[String])> {
    let topic = std::slice::from_ref(&message.topic);
    let (dimension, names) = match kin {
        Kin::Package => (Dimension::Packages, message.packages.as_slice()),
        Kin::User => (Dimension::Users, message.users.as_slice()),
        Kin::Topic => (Dimension::Topics, topic),
        Kin::All => return None,
    };
    (!names.is_empty()).then(|| (dimension, &names[..names.len().min(MOST_NAMES)]))
}

fn is_there(message: &Message, kin: Kin) -> bool {
    kin == Kin::All || filter(message, kin).is_some()
}

/// The messages around one, with what cards of them need.
pub struct Neighbourhood {
    kin: Kin,
    search: Search,
    /// The newest first, among them the one that they are around.
    messages: Vec<Message>,
    place: usize,
}

impl Neighbourhood {
    /// Those that have most in common, unless something else was asked for.
    pub fn of(reader: &Reader, message: &Message, asked: Option<Kin>) -> Result<Self, StoreError> {
        let mut kins = asked.into_iter().chain(KINS.map(|(kin, ..)| kin));
        let kin = kins.find(|kin| is_there(message, *kin)).unwrap_or(Kin::All);
        let mut search = Search::default();
        if let Some((dimension, names)) = filter(message, kin) {
            search.filters[dimension] = Match {
                any: names.to_vec(),
                none: Vec::new(),
            };
        }
        let around = reader.around(&search, message.position(), MOST)?;
        let place = around.before.len();
        let here = Message {
            // Its own page has them.
            msg: "{}".into(),
            headers: None,
            ..message.clone()
        };
        let messages = around.before.into_iter().chain([here]);
        let mut messages: Vec<Message> = messages.chain(around.behind).collect();
        messages.iter_mut().for_each(leave_out_large);
        Ok(Self {
            kin,
            search,
            messages,
            place,
        })
    }

    /// As the page shows it; `None` if the message stands alone.
    pub fn shown(
        &self,
        rules: &Rules,
        pictures: &PictureHosts,
        now: DateTime<Utc>,
    ) -> Option<AroundMessage> {
        let others = self.messages.len() - 1;
        let here = self.messages.get(self.place).filter(|_| others > 0)?;
        let card = |message: &Message| -> Card {
            make_card(Form::Message, message, Size::Large, rules, pictures, now)
        };
        let tabs = KINS.iter().filter(|(kin, ..)| is_there(here, *kin));
        Some(AroundMessage {
            tabs: tabs
                .map(|(kin, word, words)| (*words, *word, *kin == self.kin))
                .collect(),
            days: days(self.messages.iter().map(card).collect(), self.place),
            search: self.fixed(),
        })
    }

    /// The search that has these and no others today, and tomorrow.
    fn fixed(&self) -> String {
        let mut pairs = Vec::new();
        for filter in &FILTERS {
            let names = &filter.of(&self.search).any;
            pairs.extend(names.iter().map(|name| (filter.name, name.clone())));
        }
        let ends = [
            ("start", self.messages.last()),
            ("end", self.messages.first()),
        ];
        for (name, message) in ends {
            let at = message.map(|message| message.timestamp.format("%Y-%m-%dT%H:%M:%S%.6f"));
            pairs.extend(at.map(|at| (name, at.to_string())));
        }
        let pairs = pairs.iter().map(|(name, value)| (*name, value.as_str()));
        format!("/v2/search?{}", links::query(pairs))
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    #[test]
    fn what_is_shown_around_can_be_chosen() {
        let asked = |query: &str| kin(&Query::parse(query).expect("a query"));
        assert_eq!(asked("around=user"), Ok(Some(Kin::User)));
        assert_eq!(asked("around=&id=x"), Ok(None));
        assert_eq!(asked("around=x").expect_err("refused").parameter, "around");
    }

    fn neighbourhood(message: Message) -> Neighbourhood {
        let other = Message {
            id: 1,
            timestamp: message.timestamp - TimeDelta::days(1),
            ..Message::default()
        };
        let mut search = Search::default();
        search.filters[Dimension::Packages].any = vec!["c++".to_owned()];
        Neighbourhood {
            kin: Kin::Package,
            search,
            messages: vec![message, other],
            place: 0,
        }
    }

    #[test]
    fn the_link_to_the_search_has_fixed_times_and_the_tabs_what_there_is() {
        let message = Message {
            packages: vec!["c++".to_owned()],
            topic: "a.b".to_owned(),
            ..Message::default()
        };
        let rules = Rules::embedded();
        let pictures = PictureHosts::default();
        let mut around = neighbourhood(message);
        let shown = around.shown(&rules, &pictures, Utc::now()).expect("shown");
        assert_eq!(
            shown.search,
            "/v2/search?package=c%2B%2B&start=1969-12-31T00%3A00%3A00.000000&end=1970-01-01T00%3A00%3A00.000000"
        );
        let tabs: Vec<(&str, bool)> = shown.tabs.iter().map(|tab| (tab.1, tab.2)).collect();
        assert_eq!(tabs, [("package", true), ("topic", false), ("all", false)]);
        let days: Vec<usize> = shown.days.iter().map(|day| day.cards.len()).collect();
        assert_eq!(days, [1, 1]);
        assert!(shown.days[0].cards[0].1 && !shown.days[1].cards[0].1);
        around.messages.truncate(1);
        assert!(around.shown(&rules, &pictures, Utc::now()).is_none());
    }
}
