//! JSON as text: cut into its parts and written in Python's form, its numbers as they came.

pub mod scan;
mod style;

pub use style::{pretty, to_long_text, to_text};
