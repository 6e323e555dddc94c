//! "How does an archive of the incumbent become ours?": its messages are taken over slice by slice,
//! while both are in use.
//!
//! Nothing is ever written to the other archive. Of ours each slice is one transaction, which also records
//! the slice: so a run can be killed at any moment, and what was stored before, by a run or by nommer
//! from its queue, is recognised.

mod adoption;
mod check;
mod compare;
mod copied;
mod facts;
mod here;
mod incumbent;
mod judge;
mod ledger;
mod missing;
mod old_names;
mod old_row;
mod old_ties;
mod pair;
mod patience;
mod plan;
mod receipts;
mod sample;
mod take;
mod verified;
mod verify;

pub use adoption::{Adoption, Told};
pub use check::{Checked, Finding, Severity};
pub use copied::Adopted;
pub use old_ties::Tied;
pub use verified::Verified;
