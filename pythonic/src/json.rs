//! JSON as text: cut into its parts and written in Python's form, its numbers as they came.
//!
//! | file | question |
//! | --- | --- |
//! | `text` | What does a string say? |
//! | `scan` | Where do strings, members and items begin and end? |
//! | `finite` | Which numbers would Python read as infinity? |
//! | `readable` | Would Python read this? |
//! | `numbers` | Are numbers equal that are written in other words? |
//! | `form`, `repeats`, `escapes` | What would Python write, had it read this? |
//! | `ascii` | How does Python write a character? |
//! | `style` | How does Python write a value? |
//! | `pretty` | How is this laid out for people? |
//! | `tokens` | Of what does it consist, as far as it goes? |

mod ascii;
mod escapes;
mod finite;
mod form;
mod numbers;
mod pretty;
mod readable;
mod repeats;
pub mod scan;
mod style;
mod text;
mod tokens;

pub use ascii::push_ascii;
pub use finite::overflows;
pub use form::normalise;
pub use numbers::with_python_numbers;
pub use pretty::{Kind, LONGEST_LAID_OUT, Layout, lay_out, pretty};
pub use readable::{Unreadable, valid_json};
pub use style::{to_long_text, to_text};
pub use text::text;
pub use tokens::{Nest, Token, Tokens};
