//! How a process lives, the same for both programs: it logs, stops and reads its rules again when
//! a signal says so, tells what went wrong in one line, survives that nobody reads what it prints, keeps passwords to itself, reads the texts that operators name, does some
//! work again and again, and other work no faster than somebody wants.
//!
//! Nothing here knows of messages, databases or protocols.

mod credentials;
mod error_chain;
pub mod files;
pub mod log;
mod output;
mod pace;
mod reload;
mod secret;
mod stop;
pub mod tasks;
mod text;

pub use credentials::SecretFault;
pub use error_chain::error_chain;
pub use output::{complain, say};
pub use pace::{Pace, rate};
pub use reload::Reload;
pub use secret::Secret;
pub use stop::Stop;
pub use text::text_of;
