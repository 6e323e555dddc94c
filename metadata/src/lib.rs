//! What a message means: its category, the users and packages it concerns,
//! who acted, where to read more, and a sentence about it.
//!
//! Messages are handed over as the JSON texts they were received as, so that
//! this crate reads each of them once and only as far as it must.

mod category;
mod headers;
mod meaning;
mod rules;

pub use category::{UNCLASSIFIED, category};
pub use meaning::{Meaning, MessageView, Stored, Subjects};
pub use rules::Rules;
