//! Follows messages from one to the next, for somebody who asks on by what was found.

use std::collections::HashSet;

use diesel::pg::PgConnection;
use diesel::prelude::*;

use crate::error::StoreError;
use crate::inquiry::{Excerpt, Inquirer};
use crate::query::related::{Related, excerpts, places};
use crate::read::reader::{Reader, snapshot};

/// Bytes of a body beyond which it is not read.
const MOST_BODY: i64 = 4 << 20;
/// Bytes of bodies that are read for one inquirer.
const MOST_BYTES: i64 = 64 << 20;
/// Bytes of bodies that are in memory at once, the last of them aside.
const AT_ONCE: i64 = 1 << 20;

impl Reader {
    /// Answers an inquirer until it has no more inquiries, all in one snapshot. `begin` makes one that knows
    /// nothing: where a connection fails, all is asked again. Answers, too, whether everything that was asked for
    /// was read; messages with huge bodies, those beyond 64 MiB in all, and those about subjects with very many
    /// messages are not. The limits of inquiries are the inquirer's own, who hears of them.
    pub fn inquire<I: Inquirer>(&self, begin: impl Fn() -> I) -> Result<(I, bool), StoreError> {
        self.run("inquire", &"", |connection, _| {
            snapshot(connection, |connection| {
                let mut inquirer = begin();
                let mut reading = Reading::default();
                loop {
                    let inquiries = inquirer.inquiries();
                    if inquiries.is_empty() {
                        return Ok((inquirer, !reading.is_cut));
                    }
                    let places = places(connection, &inquiries)?;
                    reading.is_cut |= places.cut;
                    reading.read(connection, places.found, &mut inquirer)?;
                    for inquiry in places.reached {
                        inquirer.reached(inquiry);
                    }
                }
            })
        })
    }
}

/// What was read for an inquirer.
#[derive(Default)]
struct Reading {
    /// Ids of messages that were read, or will not be.
    known: HashSet<i64>,
    /// Bytes of bodies.
    bytes: i64,
    /// Whether something was left out.
    is_cut: bool,
}

impl Reading {
    /// Reads what is not known yet, the newest first, as long as there is room.
    fn read(
        &mut self,
        connection: &mut PgConnection,
        mut places: Vec<Related>,
        inquirer: &mut impl Inquirer,
    ) -> QueryResult<()> {
        places.retain(|place| self.known.insert(place.position.id));
        places.sort_unstable_by_key(|place| std::cmp::Reverse(place.position));
        let mut chunk = Vec::new();
        let mut bytes = 0;
        for Related { position, size } in places {
            if size > MOST_BODY || self.bytes + size > MOST_BYTES {
                self.is_cut = true;
                continue;
            }
            self.bytes += size;
            bytes += size;
            chunk.push(position);
            if bytes > AT_ONCE {
                tell(excerpts(connection, &chunk)?, inquirer);
                chunk.clear();
                bytes = 0;
            }
        }
        if !chunk.is_empty() {
            tell(excerpts(connection, &chunk)?, inquirer);
        }
        Ok(())
    }
}

fn tell(excerpts: Vec<Excerpt>, inquirer: &mut impl Inquirer) {
    for excerpt in excerpts {
        inquirer.take(excerpt);
    }
}
