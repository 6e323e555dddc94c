//! Roads as a caller gets them: an archive in memory answers the questions of closures.

mod archive;
mod corpus;
mod hostile;
mod huge;
mod story;
mod traps;
