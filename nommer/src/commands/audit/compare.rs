//! Compares two archives: how many messages they have, where that differs in ever smaller parts, and in an hour which.

use std::collections::HashSet;

use archive::{Dimension, Reader};
use chrono::NaiveDateTime;
use service::say;

use super::backfill::Backfill;
use super::fault::Fault;
use super::gaps::{Side, unequal, unread};
use super::hour::{self, Doubtful, Known};
use super::part::{Part, Unit};
use super::peer::{Measure, Peer, ROWS};
use super::put_aside::PutAside;
use super::receipts::Receipts;

/// The longest list of names that a request may leave out, in bytes: incumbents take 4 kB in all.
const LONGEST_NAMES: usize = 2500;

/// What is compared.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, clap::ValueEnum)]
pub enum By {
    /// How many messages there are of each category, and where that differs, which. Misses where both archives lack as many.
    Counts,
    /// Which messages there are on each day, by a digest; counts where the peer has no digests.
    #[default]
    Digests,
    /// Which messages there are in each hour: all are read.
    Ids,
}

/// How much is missing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Missing {
    pub here: u64,
    pub there: u64,
    /// Parts that differ by what cannot be compared.
    pub unequal: u64,
    /// Messages of the peer's that are here as dead letters: not missing.
    pub put_aside: u64,
    /// Seconds of which the peer can tell nothing.
    pub unread: u64,
    /// Messages of either side whose sender gave no time, and which are at another time at the other: not missing.
    pub received: u64,
}

/// A comparison in progress.
pub struct Comparison<'a> {
    pub reader: &'a Reader,
    pub peer: &'a Peer,
    pub receipts: Receipts<'a>,
    pub put_aside: PutAside<'a>,
    /// What stores what is missing here, if that is wanted.
    pub backfill: Option<Backfill<'a>>,
    pub by: By,
    pub as_json: bool,
    pub missing: Missing,
    /// Starts of hours that were compared whole: nothing of them is compared by category again.
    pub whole: HashSet<NaiveDateTime>,
    /// Where the part begins that is being compared.
    pub at: NaiveDateTime,
    /// What was not compared, when that ended before its end.
    pub uncompared: Vec<Part>,
}

impl Comparison<'_> {
    /// Compares all of a part.
    pub fn run(&mut self, all: &Part) -> Result<(), Fault> {
        if self.by == By::Digests && self.peer.digest(&Part::all(all.from, all.from))?.is_none() {
            tracing::warn!("the peer has no digests: counts are compared");
            self.by = By::Counts;
        }
        match self.by {
            By::Counts => {
                let categories = self.reader.categories().map_err(Fault::from)?;
                let names: Vec<String> = categories.into_iter().map(|tally| tally.name).collect();
                let parts = match fits_address(&names) {
                    true => divided(all, Dimension::Categories, names),
                    // What has none of the names cannot be asked for: all together first, in which that shows.
                    false => {
                        let named = names.iter().map(|name| all.of(Dimension::Categories, name));
                        std::iter::once(all.clone()).chain(named).collect()
                    }
                };
                self.each(&parts, |this, part| this.narrow(part, Some(Unit::Year)))
            }
            By::Digests => {
                let days = all.pieces(Unit::Day);
                self.each(&days, |this, day| this.narrow(day, Some(Unit::Hour)))
            }
            By::Ids => self.each(&all.pieces(Unit::Hour), Self::list),
        }
    }

    /// Compares some parts, and notes what is left where that fails: of the one that it failed at, what comes later in time.
    fn each(
        &mut self,
        parts: &[Part],
        mut compare: impl FnMut(&mut Self, &Part) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        for (number, part) in parts.iter().enumerate() {
            self.at = part.from;
            if let Err(fault) = compare(self, part) {
                let begun = Part {
                    from: self.at,
                    ..part.clone()
                };
                let left = std::iter::once(begun).chain(parts[number + 1..].iter().cloned());
                self.uncompared = joined(left);
                return Err(fault);
            }
        }
        Ok(())
    }

    /// Compares a part, and where it differs its pieces.
    fn narrow(&mut self, part: &Part, mut unit: Option<Unit>) -> Result<(), Fault> {
        self.at = part.from;
        let Some(total) = self.differing(part)? else {
            return Ok(());
        };
        while let Some(piece) = unit {
            unit = piece.smaller();
            let pieces = part.pieces(piece);
            if pieces.len() > 1 {
                return pieces.iter().try_for_each(|piece| self.narrow(piece, unit));
            }
        }
        if part.is_all() {
            self.whole.insert(part.from);
        } else if self.whole.contains(&part.from) {
            return Ok(());
        }
        self.divide(part, total)
    }

    /// Compares an hour that differs: by category and topic where that is fewer requests than all pages.
    fn divide(&mut self, part: &Part, total: u64) -> Result<(), Fault> {
        let pages = total.div_ceil(ROWS);
        let Some(dimension) = part.divisible().filter(|_| pages > 2) else {
            return self.list(part);
        };
        let ours = hour::known(self.reader, part)?;
        let names = hour::names(&ours, dimension);
        // What is not divided would be compared again without an end.
        if names.is_empty() || names.len() as u64 + 1 >= pages || !fits_address(&names) {
            return self.list_knowing(part, ours);
        }
        for part in divided(part, dimension, names) {
            if let Some(total) = self.differing(&part)? {
                self.divide(&part, total)?;
            }
        }
        Ok(())
    }

    /// How many messages of a part the peer has, if it is not known to be equal: 0 if the peer cannot say.
    fn differing(&self, part: &Part) -> Result<Option<u64>, Fault> {
        match self.measures(part) {
            Ok((ours, theirs)) => Ok((ours != theirs).then_some(theirs.total)),
            Err(Fault::Unread(_)) => Ok(Some(0)),
            Err(fault) => Err(fault),
        }
    }

    /// What is compared of a part, here and there.
    fn measures(&self, part: &Part) -> Result<(Measure, Measure), Fault> {
        let search = part.search();
        if self.by == By::Digests
            && let Some(theirs) = self.peer.digest(part)?
        {
            let ours = self.reader.digest(&search)?;
            let ours = Measure {
                total: ours.messages,
                digest: Some(ours.digest),
            };
            return Ok((ours, theirs));
        }
        let [ours, theirs] = [self.reader.count(&search)?, self.peer.total(part)?].map(|total| {
            let digest = None;
            Measure { total, digest }
        });
        Ok((ours, theirs))
    }

    fn list(&mut self, part: &Part) -> Result<(), Fault> {
        let ours = hour::known(self.reader, part)?;
        self.list_knowing(part, ours)
    }

    /// Tells which messages are missing on either side, and stores those that are missing here.
    fn list_knowing(&mut self, part: &Part, ours: Known) -> Result<(), Fault> {
        let messages = ours.messages;
        let doubtful = Doubtful {
            receipts: &mut self.receipts,
            put_aside: &mut self.put_aside,
            backfill: self.backfill.as_mut(),
        };
        let found = hour::compare(self.peer, part, ours, doubtful)?;
        for (side, gaps) in [
            (Side::Here, &found.here),
            (Side::PutAside, &found.put_aside),
            (Side::There, &found.there),
        ] {
            gaps.lines(side, self.as_json).iter().for_each(say);
        }
        self.missing.here += found.here.messages();
        self.missing.there += found.there.messages();
        self.missing.put_aside += found.put_aside.messages();
        for (part, reason) in &found.unread {
            say(unread(part, reason, self.as_json));
        }
        self.missing.unread += found.unread.len() as u64;
        let received = found.received.len() as u64;
        self.missing.received += received;
        let aside = found.put_aside.messages();
        let is_explained = found.here.messages() + found.there.messages() + received + aside > 0;
        if found.unread.is_empty() && !is_explained && messages != found.total {
            say(unequal(part, messages, found.total, self.as_json));
            self.missing.unequal += 1;
        }
        Ok(())
    }
}

/// Parts that follow each other in time as one.
fn joined(parts: impl Iterator<Item = Part>) -> Vec<Part> {
    let mut joined: Vec<Part> = Vec::new();
    for part in parts {
        match joined.last_mut() {
            Some(last) if last.to == part.from && last.filters == part.filters => last.to = part.to,
            _ => joined.push(part),
        }
    }
    joined
}

/// Whether a request can leave out these names. Some characters are three in an address.
fn fits_address(names: &[String]) -> bool {
    let bytes = |name: &String| {
        let plain = name
            .bytes()
            .filter(|byte| byte.is_ascii_alphanumeric() || b".-_".contains(byte));
        3 * name.len() - 2 * plain.count() + "&not_category=".len()
    };
    names.iter().map(bytes).sum::<usize>() <= LONGEST_NAMES
}

/// A part by names, and what has none of them.
fn divided(part: &Part, dimension: Dimension, names: Vec<String>) -> Vec<Part> {
    let mut parts: Vec<Part> = names.iter().map(|name| part.of(dimension, name)).collect();
    parts.push(match names.is_empty() {
        true => part.clone(),
        false => part.without(dimension, names),
    });
    parts
}
