//! Roads as a caller gets them: an archive in memory answers the questions of closures.

mod archive;
mod combined;
mod corpus;
mod hostile;
mod huge;
mod large_update;
mod story;
mod traps;
