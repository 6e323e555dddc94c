//! What a message means: its category, the users and packages it concerns, the
//! subjects it is about, who acted, where to read more, and a sentence about it.
//!
//! In the order in which one is best read:
//!
//! | file | question |
//! | --- | --- |
//! | `source`, `shorthand`, `reader`, `embedded` | What is written in rule files, and which are built in? |
//! | `program`, `functions`, `json`, `names`, `spelling` | How does an expression of a rule become a value? |
//! | `choice`, `topics`, `headers`, `category` | Which rule is a message's, and what does it say itself? |
//! | `meaning`, `kinds` | What goes in, what comes out, and what does a subject look like? |
//! | `rules`, `context`, `reading` | How is one message asked? |
//! | `stored` | What is archived in place of what was received? |
//! | `current`, `misfits` | How are rules read again while messages come, and which do not fit? |
//! | `trial`, `fault` | Does a rule do what its writer expects, and what is wrong with a file? |
//!
//! Messages are handed over as the JSON texts they were received as, so that
//! this crate reads each of them once and only as far as it must.
//!
//! ```
//! use metadata::{MessageView, Rules};
//!
//! let rules = Rules::embedded();
//! let message = MessageView {
//!     topic: "org.fedoraproject.prod.wiki.article.edit",
//!     headers: r#"{"fedora_messaging_schema": "wiki.article.edit.v1"}"#,
//!     body: r#"{"user": "ann", "title": "Lions"}"#,
//! };
//! assert_eq!(metadata::category(message.topic), "wiki");
//! assert_eq!(rules.filters(&message).usernames, ["ann"]);
//! assert_eq!(rules.read(&message).summary(), "ann edited the wiki page Lions");
//! ```

mod category;
mod choice;
mod context;
mod current;
mod embedded;
mod fault;
mod functions;
mod headers;
mod json;
mod kinds;
mod meaning;
mod misfits;
mod names;
mod program;
mod reader;
mod reading;
mod rules;
mod shorthand;
mod source;
mod spelling;
mod stored;
mod topics;
mod trial;

pub use category::{UNCLASSIFIED, category};
pub use current::CurrentRules;
pub use fault::{Fault, Faults};
pub use kinds::looks;
pub use meaning::{Filters, Meaning, MessageView, Stored, Subject};
pub use reading::Reading;
pub use rules::Rules;
pub use trial::{Difference, Trial};
