//! What stands next to a message: the nearest of those that a search matches, before and behind it.

use crate::error::StoreError;
use crate::message::Message;
use crate::position::Position;
use crate::query::row::Row;
use crate::read::reader::Reader;
use crate::read::walk::planned_for_values;
use crate::search::{Search, Shape};

/// The neighbours of a message. Large ones come without body and headers.
#[derive(Clone, Debug, Default)]
pub struct Neighbours {
    /// Those before it, in the order asked for: its neighbour is the last.
    pub before: Vec<Message>,
    /// Those behind it, in the order asked for: its neighbour is the first.
    pub behind: Vec<Message>,
}

impl Reader {
    /// The nearest messages that match on either side of a position, at most so many each. The message there need not
    /// match. Nothing is counted, so this takes no longer in a large archive.
    pub fn around(
        &self,
        search: &Search,
        position: Position,
        most: u32,
    ) -> Result<Neighbours, StoreError> {
        self.run("around", &Shape(search), |connection, _| {
            planned_for_values(connection, |connection| {
                let Some(plan) = self.plan(connection, search)? else {
                    return Ok(Neighbours::default());
                };
                let behind = plan.behind(position).rows(connection, 0, most)?;
                let back = plan.reversed().behind(position);
                let before = back.rows(connection, 0, most)?;
                let messages = |rows: Vec<Row>| rows.into_iter().map(Row::into_message);
                Ok(Neighbours {
                    before: messages(before).rev().collect(),
                    behind: messages(behind).collect(),
                })
            })
        })
    }
}
