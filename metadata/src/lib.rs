//! What a message means: its category, the users and packages it concerns,
//! who acted, where to read more, and a sentence about it.
//!
//! Messages are handed over as the JSON texts they were received as, so that
//! this crate reads each of them once and only as far as it must.

mod category;
mod choice;
mod embedded;
mod fault;
mod functions;
mod headers;
mod json;
mod meaning;
mod misfits;
mod names;
mod program;
mod reading;
mod rules;
mod source;
mod spelling;
mod split;
mod stored;
mod trial;

pub use category::{UNCLASSIFIED, category};
pub use fault::{Fault, Faults};
pub use meaning::{Meaning, MessageView, Stored, Subjects};
pub use reading::Reading;
pub use rules::Rules;
pub use trial::{Difference, Trial};
