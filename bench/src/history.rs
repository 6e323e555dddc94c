//! What an archive is filled with, and what there is in it to ask for.

pub mod load;
pub mod names;
pub mod rows;
