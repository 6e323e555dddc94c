//! One client of both builds: each shape, in sittings.

use anyhow::Result;
use devstack::Database;

use crate::asking::answers::{self, Asked, Limits};
use crate::asking::client::Client;
use crate::asking::shapes::Shape;
use crate::asking::turns::Turns;
use crate::compared::pair::Pair;
use crate::compared::section::{Finding, SLOWER, Section};
use crate::history::names::Names;
use crate::programs::{Build, Server};
use crate::report::{number, ratio_cells, table};

/// How often both builds are started anew; an even number, so that each is the first as often. Two processes of one program differ, too: in where their memory
/// lies, and in which processor they find.
pub const SITTINGS: usize = 10;

/// An archive, and what both builds answered of it.
pub struct Searched<'a> {
    pub database: &'a Database,
    pub names: &'a Names,
    answers: Vec<(&'static Shape, Pair<Turns>)>,
}

impl<'a> Searched<'a> {
    /// Nothing was asked yet.
    pub fn new(database: &'a Database, names: &'a Names) -> Self {
        Self {
            database,
            names,
            answers: Vec::new(),
        }
    }

    /// Adds what was answered in a sitting; a shape is at the same place in each.
    fn add(&mut self, place: usize, shape: &'static Shape, turns: Pair<Turns>) {
        match self.answers.get_mut(place) {
            Some((_, known)) => {
                known.before.extend(turns.before);
                known.after.extend(turns.after);
            }
            None => self.answers.push((shape, turns)),
        }
    }

    /// A section of the report.
    pub fn section(&self, title: &str) -> Result<Section> {
        let (mut rows, mut findings) = (Vec::new(), Vec::new());
        for (shape, turns) in &self.answers {
            let mut row = vec![shape.name.to_owned()];
            for turns in [&turns.before, &turns.after] {
                let timings = turns.timings()?;
                row.push(timings.count().to_string());
                row.extend([50, 99].map(|percent| number(timings.percentile(percent))));
            }
            let ratio = turns.after.ratio(&turns.before)?;
            row.extend(ratio_cells(&ratio));
            rows.push(row);
            findings.push(Finding {
                group: title.to_owned(),
                what: shape.name.to_owned(),
                ratio,
                limit: SLOWER,
            });
        }
        let columns = [
            "shape",
            "before asked",
            "median",
            "p99",
            "after asked",
            "median",
            "p99",
            "after/before",
            "middle half",
        ];
        let note = format!(
            "One client, one request after the other, in {SITTINGS} sittings for which both are started anew; milliseconds. \
             The ratio is the middle of those of the medians of turns that were next to each other; half of the turns \
             lie in the middle half."
        );
        let text = table(title, &note, &columns, &rows);
        Ok(Section { text, findings })
    }
}

/// Asks for all shapes of all archives in turns. Answers the servers, for more questions.
pub fn sit(
    builds: &Pair<Build>,
    sitting: usize,
    archives: &mut [Searched],
    limits: &Limits,
) -> Result<Vec<Pair<Server>>> {
    let mut servers = Vec::new();
    for archive in archives.iter() {
        servers.push(builds.in_turn(sitting, |build| build.grepper(archive.database))?);
    }
    let mut asked = Vec::new();
    for (Pair { before, after }, archive) in servers.iter().zip(archives.iter()) {
        asked.extend([before, after].map(|server| Asked {
            client: Client::new(&server.url),
            names: archive.names,
        }));
    }
    for (place, (shape, turns)) in answers::time_all(&asked, limits, sitting)?
        .into_iter()
        .enumerate()
    {
        let mut turns = turns.into_iter();
        for archive in archives.iter_mut() {
            let [before, after] = [turns.next(), turns.next()].map(Option::unwrap_or_default);
            archive.add(place, shape, Pair { before, after });
        }
    }
    Ok(servers)
}
