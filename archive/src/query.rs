//! A search as statements: what is asked, which index leads, and the texts that PostgreSQL gets.

pub(crate) mod about;
pub(crate) mod arrivals;
pub(crate) mod asked;
mod counting;
mod digest;
pub(crate) mod grouping;
pub(crate) mod index;
mod matching;
pub(crate) mod names;
pub(crate) mod paging;
pub(crate) mod plan;
pub(crate) mod related;
pub(crate) mod row;
pub(crate) mod shown;
mod spelling;
