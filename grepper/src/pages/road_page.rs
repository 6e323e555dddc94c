//! The page of roads: one in all its stages, or many as a table.

use askama::Template;

use crate::pages::belongs::in_words;
use crate::pages::links;
use crate::pages::render::render;

/// What the page shows.
#[derive(Clone, Debug, Default)]
pub struct RoadPage<'a> {
    /// The kind of what was asked for, such as `nvr`.
    pub kind: &'a str,
    /// The name of what was asked for.
    pub name: &'a str,
    /// The moment that was asked for.
    pub as_of: Option<String>,
    /// The branch that was asked for.
    pub branch: Option<&'a str>,
    /// The environment that was asked for, such as `prod`.
    pub environment: &'a str,
    /// The service that has a page about what was asked for, and its address.
    pub place: Option<Place>,
    /// The roads, in the order in which they are shown.
    pub routes: Vec<RouteView>,
    /// Builds of the update that was asked for.
    pub builds: Vec<String>,
    /// How many more builds it has.
    pub more_builds: usize,
    /// Whether everything was read that they are told from.
    pub complete: bool,
    /// What is waited for, such as `stable:passed`.
    pub until: Vec<String>,
    /// Whether that is so, which has a sign in the page.
    pub outcome: Verdict,
    /// The cursor of the roads.
    pub cursor: &'a str,
    /// Seconds for which a request of the page's script may be held back; 0 if it may not.
    pub wait: u32,
    /// What examples begin with: scheme, host and root.
    pub base_url: &'a str,
}

/// Whether what is waited for is so, in words of the style sheet.
#[derive(Clone, Copy, Debug, Default)]
pub struct Verdict {
    /// The class.
    pub word: &'static str,
    /// What is said of it.
    pub text: &'static str,
}

/// What a road is of, or which update it is in.
#[derive(Clone, Debug, Default)]
pub struct Link {
    /// The name.
    pub text: String,
    /// The service that has a page about it, and the page's address, which is left out unless it is http or https.
    pub place: Option<Place>,
}

/// A service, and the address of its page about something.
pub type Place = (&'static str, String);

/// A road.
#[derive(Clone, Debug, Default)]
pub struct RouteView {
    /// What it is the road of, in a word.
    pub kind: &'static str,
    /// What it is the road of.
    pub subject: Link,
    /// Kind and name by which its own page is asked for.
    pub own: (String, String),
    /// The package.
    pub package: Option<String>,
    /// The branch.
    pub branch: Option<String>,
    /// The update.
    pub update: Option<Link>,
    /// The tags that it is in.
    pub tags: Vec<String>,
    /// The task that built it again after the attempt that this is the road of.
    pub built_again_by: Option<String>,
    /// The update that took the place of its own.
    pub replaced_by: Option<String>,
    /// The stages, in order.
    pub stops: Vec<Stop>,
    /// Which of the stages says most about it.
    pub headline: Option<usize>,
}

/// A stage of a road.
#[derive(Clone, Debug, Default)]
pub struct Stop {
    /// What it is called.
    pub label: &'static str,
    /// How it stands, which is also its class in the style sheet.
    pub word: &'static str,
    /// The word as a sign.
    pub sign: &'static str,
    /// Since when, as people say it.
    pub since_human: Option<String>,
    /// Since when, as `2013-03-28 17:25:38 UTC`.
    pub since_exact: Option<String>,
    /// Ids of the messages that say so.
    pub messages: Vec<String>,
    /// The name of what an update in Bodhi shows of the stage.
    pub shown_as: Option<&'static str>,
    /// What the newest of them say, in a sentence each.
    pub reasons: Vec<String>,
}

/// What templates ask a page and its parts for.
impl Link {
    pub fn place(&self) -> Option<(&'static str, &str)> {
        web(self.place.as_ref())
    }
}

impl RouteView {
    pub fn headline(&self) -> Option<&Stop> {
        self.stops.get(self.headline?)
    }

    /// The stages that are there.
    pub fn taken(&self) -> impl Iterator<Item = &Stop> {
        self.stops.iter().filter(|stop| stop.word != "none")
    }

    pub fn own_query(&self, page: &RoadPage) -> String {
        page.query(&self.own.0, &self.own.1)
    }
}

impl Stop {
    pub fn ids_in_url(&self) -> Vec<String> {
        self.messages.iter().map(|id| links::encode(id)).collect()
    }
}

impl RoadPage<'_> {
    /// The query for a road at the moment and in the environment of this page.
    pub fn query(&self, kind: &str, name: &str) -> String {
        let mut pairs = vec![(kind, name)];
        if let Some(as_of) = self.as_of.as_deref() {
            pairs.push(("as_of", as_of));
        }
        if self.environment != "prod" {
            pairs.push(("environment", self.environment));
        }
        links::query(pairs)
    }

    /// The query for these roads, whatever is waited for.
    pub fn roads_query(&self) -> String {
        let branch = self.branch.map(|branch| links::query([("branch", branch)]));
        let query = self.query(self.kind, self.name);
        [Some(query), branch]
            .into_iter()
            .flatten()
            .collect::<Vec<_>>()
            .join("&")
    }

    /// The query for this page, but for what it was to wait for something.
    pub fn again_query(&self) -> String {
        let until = self
            .until
            .iter()
            .map(|until| links::query([("until", until.as_str())]));
        [self.roads_query()]
            .into_iter()
            .chain(until)
            .collect::<Vec<_>>()
            .join("&")
    }

    /// Whether anything goes on of what is shown, so that the page may soon be outdated.
    pub fn goes_on(&self) -> bool {
        let mut stops = self.routes.iter().flat_map(|route| &route.stops);
        self.as_of.is_none() && stops.any(|stop| ["running", "waiting"].contains(&stop.word))
    }

    pub fn place(&self) -> Option<(&'static str, &str)> {
        web(self.place.as_ref())
    }

    pub fn kind_in_words(&self) -> &str {
        in_words(self.kind)
    }

    /// The path and query of all messages about what was asked for.
    pub fn messages(&self) -> String {
        links::messages_about(&format!("{}:{}", self.kind, self.name))
    }

    /// Whether there is a road, of which something is known.
    pub fn is_known(&self) -> bool {
        let mut stops = self.routes.iter().flat_map(|route| &route.stops);
        stops.any(|stop| stop.word != "none" || !stop.messages.is_empty())
    }

    pub fn now_query(&self) -> String {
        let now = Self {
            as_of: None,
            branch: self.branch,
            environment: self.environment,
            ..RoadPage::default()
        };
        now.query(self.kind, self.name)
    }

    pub fn is_table(&self) -> bool {
        self.kind == "package" || self.routes.len() > 1
    }
}

fn web(place: Option<&Place>) -> Option<(&'static str, &str)> {
    let (service, address) = place?;
    Some((service, links::web(Some(address))?))
}

/// The page.
pub fn road_page(root: &str, page: &RoadPage) -> String {
    render(&Whole { root, page })
}

#[derive(Template)]
#[template(path = "road.html")]
struct Whole<'a> {
    root: &'a str,
    page: &'a RoadPage<'a>,
}
