//! Follows messages from one to the next, for somebody who asks on by what was found.

use std::collections::HashSet;
use std::sync::Arc;

use crate::database::connection::PgPool;
use crate::database::conversation::{Conversation, converse};
use crate::database::origin::Origin;
use crate::error::StoreError;
use crate::hidden::Hidden;
use crate::inquiry::Inquirer;
use crate::position::Position;
use crate::query::related::{Related, excerpts, places};
use crate::read::reader::Reader;

/// Bytes of a body beyond which it is not read.
const MOST_BODY: i64 = 4 << 20;
/// Bytes of bodies that are read for one inquirer.
const MOST_BYTES: i64 = 64 << 20;
/// Bytes of bodies that are in memory at once, the last of them aside.
const AT_ONCE: i64 = 1 << 20;

impl Reader {
    /// Answers an inquirer until it has no more inquiries, on one connection. `begin` makes one that knows nothing:
    /// where a connection fails, all is asked again. What comes meanwhile may be found or not. While the inquirer
    /// takes what was found, no transaction is open, and no limit of time counts that.
    pub fn inquire<I: Inquirer>(&self, begin: impl Fn() -> I) -> Result<Answered<I>, StoreError> {
        self.servers.ask(|pool| self.inquire_at(pool, &begin))
    }

    fn inquire_at<I: Inquirer>(
        &self,
        pool: &PgPool,
        begin: impl Fn() -> I,
    ) -> Result<Answered<I>, StoreError> {
        let answer = converse(pool, "inquire", self.statement_timeout, |talk| {
            let mut inquirer = begin();
            let mut reading = Reading::new(&self.hidden);
            loop {
                let inquiries = inquirer.inquiries();
                if inquiries.is_empty() {
                    return Ok(Answered {
                        inquirer,
                        complete: !reading.is_cut,
                        origin: talk.origin(),
                    });
                }
                let places = talk.ask(|connection| places(connection, &inquiries, &self.hidden))?;
                reading.is_cut |= places.cut;
                reading.read(talk, places.found, &mut inquirer)?;
                for inquiry in places.reached {
                    inquirer.reached(inquiry);
                }
            }
        });
        self.judged(pool, answer)
    }
}

/// An inquirer who has asked all that it wanted.
pub struct Answered<I> {
    /// The inquirer.
    pub inquirer: I,
    /// Whether everything that was asked for was read; messages with huge bodies, those beyond 64 MiB in all, and
    /// those about subjects with very many messages are not. The limits of inquiries are the inquirer's own, who
    /// hears of them.
    pub complete: bool,
    /// The database that was asked.
    pub origin: Arc<Origin>,
}

/// What was read for an inquirer.
struct Reading<'a> {
    hidden: &'a Hidden,
    /// Ids of messages that were read, or will not be.
    known: HashSet<i64>,
    /// Bytes of bodies.
    bytes: i64,
    /// Whether something was left out.
    is_cut: bool,
}

impl<'a> Reading<'a> {
    /// Nothing was read yet.
    fn new(hidden: &'a Hidden) -> Self {
        Self {
            hidden,
            known: HashSet::new(),
            bytes: 0,
            is_cut: false,
        }
    }

    /// Reads what is not known yet, the newest first, as long as there is room.
    fn read(
        &mut self,
        talk: &mut Conversation,
        mut places: Vec<Related>,
        inquirer: &mut impl Inquirer,
    ) -> Result<(), StoreError> {
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
                self.tell(talk, &std::mem::take(&mut chunk), inquirer)?;
                bytes = 0;
            }
        }
        if !chunk.is_empty() {
            self.tell(talk, &chunk, inquirer)?;
        }
        Ok(())
    }

    fn tell(
        &self,
        talk: &mut Conversation,
        positions: &[Position],
        inquirer: &mut impl Inquirer,
    ) -> Result<(), StoreError> {
        for excerpt in talk.ask(|connection| excerpts(connection, positions, self.hidden))? {
            inquirer.take(excerpt);
        }
        Ok(())
    }
}
