//! A search on its way to statements: what is asked, and which part of the answer, led by which
//! index.

use std::sync::Arc;

use crate::dimension::Dimension;
use crate::position::Position;
use crate::query::asked::{Asked, Filter};
use crate::query::index::AnswerIndex;
use crate::search::Order;
use crate::span::Span;

/// What a statement is to answer. Cheap to clone: what is asked is shared.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    /// What must match.
    pub(crate) asked: Arc<Asked>,
    /// When: the time of the search, or a part of it.
    pub(crate) span: Span,
    /// The order of the answer.
    pub(crate) order: Order,
    /// The dimension whose index gives the order of the answer; `None` is the index of times.
    lead: Option<Dimension>,
    /// Positions that messages must stand before or behind: a comparison in SQL, and with what.
    pub(super) bounds: Vec<(&'static str, Position)>,
    /// The ids of messages whose bodies are not needed.
    pub(super) known: Vec<i64>,
}

impl Plan {
    /// The plan of what is asked of a time, led by the dimension that is as a rule the most
    /// selective.
    pub(crate) fn new(asked: Asked, span: Span, order: Order) -> Self {
        let lead = asked
            .filters
            .iter()
            .find(|filter| !filter.any.is_empty())
            .map(|filter| filter.dimension);
        Self {
            asked: Arc::new(asked),
            span,
            order,
            lead,
            bounds: Vec::new(),
            known: Vec::new(),
        }
    }

    /// This plan for another time.
    pub(crate) fn within(&self, span: Span) -> Self {
        Self {
            span,
            ..self.clone()
        }
    }

    /// This plan without the bodies and headers of messages with these ids.
    pub(crate) fn knowing(&self, ids: Vec<i64>) -> Self {
        Self {
            known: ids,
            ..self.clone()
        }
    }

    /// This plan led by the index of another dimension, of which values are asked.
    pub(crate) fn led_by(&self, dimension: Dimension) -> Self {
        Self {
            lead: Some(dimension),
            ..self.clone()
        }
    }

    /// This plan in the other order.
    pub(crate) fn reversed(&self) -> Self {
        Self {
            order: self.order.reversed(),
            ..self.clone()
        }
    }

    /// This plan for what comes behind a position in the order of the answer.
    pub(crate) fn behind(&self, position: Position) -> Self {
        match self.order {
            Order::Ascending => self.bounded(">", position),
            Order::Descending => self.bounded("<", position),
        }
    }

    /// This plan for what comes up to a position in the order of the answer, itself included.
    pub(crate) fn up_to(&self, position: Position) -> Self {
        match self.order {
            Order::Ascending => self.bounded("<=", position),
            Order::Descending => self.bounded(">=", position),
        }
    }

    /// The time is bounded, too, which leaves out partitions.
    fn bounded(&self, comparison: &'static str, position: Position) -> Self {
        let at = Some(position.timestamp);
        let span = match comparison {
            ">" | ">=" => Span::inclusive(at, None),
            _ => Span::inclusive(None, at),
        };
        let mut plan = self.within(self.span.intersection(span));
        plan.bounds.push((comparison, position));
        plan
    }

    /// This plan for something else that is asked, led by a dimension of it.
    pub(super) fn asking(&self, asked: Asked, lead: Option<Dimension>) -> Self {
        Self {
            asked: Arc::new(asked),
            lead,
            ..self.clone()
        }
    }

    /// Brings what has such positions into the order of the answer.
    pub(crate) fn sort<T>(&self, all: &mut [T], position: impl FnMut(&T) -> Position) {
        all.sort_unstable_by_key(position);
        if self.order == Order::Descending {
            all.reverse();
        }
    }

    /// Whether an index leads to the values of this dimension.
    pub(super) fn is_led_by(&self, dimension: Dimension) -> bool {
        self.lead == Some(dimension)
    }

    /// What is asked of the dimension that leads.
    pub(super) fn leading(&self) -> Option<&Filter> {
        self.lead.and_then(|lead| self.asked.filter(lead))
    }

    /// What is asked of the dimension that leads, if several of its values are.
    pub(super) fn merged(&self) -> Option<&Filter> {
        self.leading().filter(|filter| filter.any.are_merged())
    }

    /// The index that leads, if it is that of an association, and what is asked of it.
    pub(super) fn association(&self) -> Option<(AnswerIndex, &Filter)> {
        let filter = self.leading()?;
        if filter.dimension.is_association() {
            Some((filter.dimension.index(), filter))
        } else {
            None
        }
    }

    /// The columns that order the answer: those of the table that leads, whose index has them.
    pub(super) fn key(&self) -> Key {
        if self.association().is_some() {
            Key {
                id: "d.msg_id",
                timestamp: "d.msg_timestamp",
            }
        } else {
            Key {
                id: "m.id",
                timestamp: "m.\"timestamp\"",
            }
        }
    }
}

/// The columns of a message's position.
#[derive(Clone, Copy, Debug)]
pub(super) struct Key {
    pub(super) id: &'static str,
    pub(super) timestamp: &'static str,
}

impl Key {
    /// The `ORDER BY` that an answer in this order has.
    pub(super) fn ordered(self, order: Order) -> String {
        let Self { id, timestamp } = self;
        let direction = match order {
            Order::Descending => "DESC",
            Order::Ascending => "ASC",
        };
        format!(" ORDER BY {timestamp} {direction}, {id} {direction}")
    }
}
