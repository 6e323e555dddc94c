//! Pages beside a message: what comes before or behind it, wherever it stands by now.
//!
//! A reader who turns pages by number sees messages twice when others come. One who turns them by the message that
//! stood at the end of the last page does not: its place is counted anew, in the snapshot in which the page is read.

use diesel::pg::PgConnection;
use diesel::prelude::*;

use crate::counts::overview::Overview;
use crate::message::Message;
use crate::position::Position;
use crate::query::plan::Plan;
use crate::query::row::Row;
use crate::read::memories::Memories;
use crate::read::walk::count_ahead;

/// Where a page is, in the order of the answer. The message need not be there any more, nor match.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Beside {
    /// The page begins behind this message.
    After(Position),
    /// The page ends before this message.
    Before(Position),
}

/// A page beside a message.
#[derive(Clone, Debug, Default)]
pub(super) struct PageBeside {
    /// The messages, in the order asked for; large ones come without body and headers.
    pub(super) messages: Vec<Message>,
    /// How many match in all.
    pub(super) total: u64,
    /// How many of these come before the page.
    pub(super) before: u64,
}

/// The page beside a message. To be used in the snapshot of the overview.
pub(super) fn page_of(
    connection: &mut PgConnection,
    memories: &Memories,
    plan: &Plan,
    overview: &Overview,
    beside: Beside,
    size: u32,
) -> QueryResult<PageBeside> {
    let total = overview.total();
    let (before, limit) = match beside {
        Beside::After(position) => {
            let ahead = count_ahead(connection, memories, plan, Some(position))?;
            (total.saturating_sub(ahead), size)
        }
        Beside::Before(position) => {
            let back = plan.reversed();
            let ahead = count_ahead(connection, memories, &back, Some(position))?;
            let limit = u32::try_from(ahead).unwrap_or(size).min(size);
            (ahead - u64::from(limit), limit)
        }
    };
    let rows = overview.page(connection, before, limit)?;
    Ok(PageBeside {
        messages: rows.into_iter().map(Row::into_message).collect(),
        total,
        before,
    })
}
