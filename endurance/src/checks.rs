//! What must hold in the end.

pub mod archived;
pub mod drain;
pub mod logs;
pub mod totals;
