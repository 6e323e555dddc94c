//! A walk over all messages that a search matches, in the order of the answer.
//!
//! It goes on by position and never by counting rows: the thousandth step is as fast as the first,
//! no message comes twice and none is skipped, whatever is stored meanwhile. It holds one step's
//! messages, and no transaction between two steps.

use diesel::connection::SimpleConnection;
use diesel::pg::PgConnection;
use diesel::prelude::*;

use crate::counts::overview::Overview;
use crate::error::StoreError;
use crate::message::Message;
use crate::position::Position;
use crate::query::plan::Plan;
use crate::query::row::{Row, texts_at};
use crate::read::memories::Memories;
use crate::read::reader::{Reader, snapshot, take};
use crate::search::{Order, Search, Shape};
use crate::span::Span;

/// How many messages there are to walk over, and where they end.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Extent {
    /// How many messages.
    pub messages: u64,
    /// The position of the last one in the order of the walk.
    pub last: Position,
}

/// A walk in progress.
pub struct Walk<'a> {
    reader: &'a Reader,
    search: &'a Search,
    /// The position of the message that came last.
    after: Option<Position>,
    /// The position behind which nothing is wanted.
    last: Option<Position>,
    /// Whether large messages come without body and headers.
    leaves_out: bool,
}

impl Reader {
    /// Walks over what matches, from behind the message at `after` on, or from the start.
    pub fn walk<'a>(&'a self, search: &'a Search, after: Option<Position>) -> Walk<'a> {
        Walk {
            reader: self,
            search,
            after,
            last: None,
            leaves_out: false,
        }
    }

    /// How much a walk has before it; `None` if there is nothing.
    ///
    /// What is stored later is not part of it, if the walk ends where it does: see
    /// [`Walk::up_to`].
    pub fn extent(
        &self,
        search: &Search,
        after: Option<Position>,
    ) -> Result<Option<Extent>, StoreError> {
        self.run("extent", &Shape(search), |connection, memories| {
            planned_for_values(connection, |connection| {
                let Some(plan) = self.plan(connection, search)? else {
                    return Ok(None);
                };
                let ahead = match after {
                    Some(after) => plan.behind(after),
                    None => plan.clone(),
                };
                let from_the_end = ahead.reversed().rows(connection, 0, 1)?;
                let Some(last) = from_the_end.first() else {
                    return Ok(None);
                };
                Ok(Some(Extent {
                    messages: count_ahead(connection, memories, &plan, after)?,
                    last: last.position(),
                }))
            })
        })
    }
}

impl Walk<'_> {
    /// Ends the walk with the message at this position.
    pub fn up_to(self, last: Position) -> Self {
        Self {
            last: Some(last),
            ..self
        }
    }

    /// Has large messages come without body and headers, however many a step has: see
    /// [`Reader::complete`].
    pub fn leaving_out(self) -> Self {
        Self {
            leaves_out: true,
            ..self
        }
    }

    /// The next messages, at most `most` of them; none if the walk has ended.
    pub fn step(&mut self, most: u32) -> Result<Vec<Message>, StoreError> {
        let Self {
            reader,
            search,
            after,
            last,
            leaves_out,
        } = *self;
        let messages = reader.run("walk", &Shape(search), |connection, _| {
            planned_for_values(connection, |connection| {
                let Some(mut plan) = reader.plan(connection, search)? else {
                    return Ok(Vec::new());
                };
                if let Some(after) = after {
                    plan = plan.behind(after);
                }
                if let Some(last) = last {
                    plan = plan.up_to(last);
                }
                let rows = plan.rows(connection, 0, most)?;
                let mut messages = Vec::with_capacity(rows.len());
                for mut message in rows.into_iter().map(Row::into_message) {
                    if message.left_out > 0 && !leaves_out {
                        let texts = texts_at(connection, message.position())?;
                        take(&mut message, texts);
                    }
                    messages.push(message);
                }
                Ok(messages)
            })
        })?;
        if let Some(last) = messages.last() {
            self.after = Some(last.position());
        }
        Ok(messages)
    }
}

/// How many messages come behind a position. Counters know all but those of its very time, which
/// are counted.
pub(super) fn count_ahead(
    connection: &mut PgConnection,
    memories: &Memories,
    plan: &Plan,
    after: Option<Position>,
) -> QueryResult<u64> {
    let Some(after) = after else {
        return Ok(Overview::of(connection, &memories.buckets, plan)?.total());
    };
    let at = Span::inclusive(Some(after.timestamp), Some(after.timestamp));
    let beyond = match plan.order {
        Order::Ascending => Span {
            from: at.to,
            to: None,
        },
        Order::Descending => Span {
            from: None,
            to: at.from,
        },
    };
    let of_its_time = plan
        .behind(after)
        .within(plan.span.intersection(at))
        .count(connection)?;
    let beyond = plan.within(plan.span.intersection(beyond));
    let beyond = Overview::of(connection, &memories.buckets, &beyond)?;
    Ok(of_its_time + beyond.total())
}

/// Runs `work` in a snapshot, its statements planned for their values. A page lies where counters
/// told; a step does not, so only the statistics tell PostgreSQL that a topic is rare, and that to
/// look for it in the order of time would be to read everything.
pub(super) fn planned_for_values<T>(
    connection: &mut PgConnection,
    work: impl FnOnce(&mut PgConnection) -> QueryResult<T>,
) -> QueryResult<T> {
    snapshot(connection, |connection| {
        connection.batch_execute("SET LOCAL plan_cache_mode = force_custom_plan")?;
        work(connection)
    })
}
