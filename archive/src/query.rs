//! A search as statements.

pub(crate) mod dimension;
pub(crate) mod plan;
pub(crate) mod row;
