//! What became of a build, told from archived messages alone: its road from a commit to the users.
//!
//! Services say in their messages what they do, each about what it knows: a commit, a task, a build, an update.
//! A [`Closure`] collects what concerns a subject: it tells what to look up, and knows from the answers what else is
//! needed. What it has is folded, in the order of time, into a [`Road`], whose [`Stage`]s each have a [`Word`].
//! Everything is pure: the archive is the caller's.

mod branch;
mod closure;
mod event;
mod family;
mod find;
mod fold;
mod history;
mod message;
mod near;
mod question;
mod reading;
mod road;
mod roads;
mod stage;
mod subject;
mod tags;
mod topic;
mod wants;
mod word;

pub use branch::on_branch;
pub use closure::Closure;
pub use family::Keep;
pub use message::Message;
pub use question::Question;
pub use road::{PackageBuild, Road, Step, Undone};
pub use stage::Stage;
pub use subject::Subject;
pub use word::Word;
