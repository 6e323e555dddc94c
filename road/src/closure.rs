//! Collecting what a road needs from an archive, in few rounds of questions.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDateTime;

use crate::family::Family;
use crate::history::{Entries, History};
use crate::message::{Entry, Message};
use crate::question::Question;
use crate::road::{PackageBuild, Road};
use crate::roads::{of_package_builds, roads};
use crate::subject::Subject;
use crate::wants::{Want, Wants};

/// How many subjects one question names at most.
const SUBJECTS: usize = 100;

/// How often questions lead to others at most; a chain of joins has four links or so.
const ROUNDS: usize = 12;

/// The messages that the roads of some subjects need, as far as they are known.
///
/// Take [`Closure::questions`], give the answers to [`Closure::add`], and go on until there are no questions
/// any more; then [`Closure::roads`] tells what became of the subjects.
#[derive(Debug)]
pub struct Closure {
    subjects: Vec<Subject>,
    environment: String,
    as_of: Option<NaiveDateTime>,
    latest: Option<NaiveDateTime>,
    entries: Entries,
    asked: BTreeSet<Want>,
    rounds: usize,
    /// Kinds of questions to which there may be more answers than were wanted.
    reached: BTreeSet<Family>,
    /// Whether the last wants leave something out.
    leaves_out: bool,
    /// What they look at in part.
    in_part: BTreeSet<Subject>,
    /// Names of builds, of their tasks and of their numbers in the message that has the most.
    named: usize,
}

impl Closure {
    /// Begins with nothing known. Messages of other environments (the third word of topics, such as `prod`), and
    /// those after `as_of`, do not count.
    #[must_use]
    pub fn new(subject: Subject, environment: &str, as_of: Option<NaiveDateTime>) -> Self {
        Self::of_all(vec![subject], environment, as_of)
    }

    /// Begins with nothing known of several subjects, which are asked for together.
    #[must_use]
    pub fn of_all(subjects: Vec<Subject>, environment: &str, as_of: Option<NaiveDateTime>) -> Self {
        Self {
            subjects,
            environment: environment.to_owned(),
            as_of,
            latest: None,
            entries: Entries::new(),
            asked: BTreeSet::new(),
            rounds: 0,
            reached: BTreeSet::new(),
            leaves_out: false,
            in_part: BTreeSet::new(),
            named: 0,
        }
    }

    /// Believes no message that it was sent after `latest`, the present and some time for clocks that are ahead: it
    /// would be the newest for ever. Such a message counts as sent when the newest of those was that came before it, by
    /// their numbers.
    #[must_use]
    pub fn not_after(self, latest: NaiveDateTime) -> Self {
        Self {
            latest: Some(latest),
            ..self
        }
    }

    /// The questions that come next, none of which was asked before; none if all is known.
    pub fn questions(&mut self) -> Vec<Question> {
        let wants = self.wants();
        self.leaves_out = wants.leaves_out;
        self.in_part = wants.in_part;
        if self.rounds == ROUNDS {
            self.leaves_out |= !wants.all.is_subset(&self.asked);
            return Vec::new();
        }
        self.rounds += 1;
        let mut groups: BTreeMap<(Family, Option<NaiveDateTime>), Vec<String>> = BTreeMap::new();
        for want in wants.all {
            if self.asked.insert(want.clone()) {
                let (family, subject, from) = want;
                groups.entry((family, from)).or_default().push(subject);
            }
        }
        let questions = groups.iter().flat_map(|((family, from), subjects)| {
            let chunks = subjects.chunks(SUBJECTS);
            chunks.map(|chunk| self.question(*family, *from, chunk))
        });
        questions.collect()
    }

    fn wants(&self) -> Wants {
        let history = self.history();
        let mut wants = Wants::default();
        for subject in &self.subjects {
            wants.extend(Wants::of(subject, &history, &self.reached));
        }
        wants
    }

    fn question(
        &self,
        family: Family,
        from: Option<NaiveDateTime>,
        subjects: &[String],
    ) -> Question {
        let scope = family.scope();
        let named = subjects.iter().filter(|subject| !subject.is_empty());
        Question {
            subjects: named.cloned().collect(),
            topics: scope.topics,
            environment: self.environment.clone(),
            from,
            until: self.as_of,
            keep: scope.keep,
            limit: scope.limit * subjects.len(),
            family,
        }
    }

    /// Hears that the answer to a question has as many messages as its limit allows, so that there may be more.
    pub fn reached(&mut self, question: &Question) {
        self.reached.insert(question.family);
    }

    /// Whether no bound kept anything back that may matter: how many messages of a kind are asked for, and how many
    /// builds, updates and pull requests are looked at. Holds once there are no questions any more.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        !self.leaves_out && self.reached.iter().all(|family| family.is_enough())
    }

    /// How many names of builds, of their tasks and of their numbers in koji the message has that has the most: an
    /// archive that knows a message by fewer subjects may miss some.
    #[must_use]
    pub fn most_named(&self) -> usize {
        self.named
    }

    /// Takes messages, in any order; those that came before, and those that say nothing about roads, change nothing.
    pub fn add(&mut self, messages: impl IntoIterator<Item = Message>) {
        for message in messages {
            let place = (message.time, message.number);
            let known = self.entries.get(&message.id);
            if known.is_some_and(|known| known.arrival() <= place) {
                continue;
            }
            if let Some(entry) = Entry::read(&message, &self.environment) {
                self.named = self.named.max(entry.event.named());
                self.entries.insert(message.id, entry);
            }
        }
    }

    /// What became of the subjects, by the messages that are known: a road each for the builds of a commit or an old
    /// task, and for the branches and open pull requests of a package. Empty if nothing is known of a subject; only
    /// a build that nobody spoke of has a road, on which all stages are none.
    #[must_use]
    pub fn roads(&self) -> Vec<Road> {
        let history = self.history();
        let each = self.subjects.iter();
        let mut roads: Vec<Road> = each.flat_map(|subject| roads(subject, &history)).collect();
        for road in &mut roads {
            if self.in_part.contains(&road.subject) {
                road.is_told_in_part();
            }
        }
        roads
    }

    /// The builds of a package by what koji and Bodhi say in the messages that are known: those that koji spoke of for
    /// the first time last come first.
    #[must_use]
    pub fn builds_of_package(&self, package: &str) -> Vec<PackageBuild> {
        of_package_builds(package, &self.history())
    }

    fn history(&self) -> History<'_> {
        History::new(&self.entries, self.as_of, self.latest)
    }
}
