//! The HTML pages, the embeddable widget and the static files.
//!
//! Pure functions from plain values to text. Whatever came from a message or a request is escaped
//! here: whoever can send to the bus can choose topics, summaries and links. `root` is the path the
//! service is mounted at, without a final slash; `""` if it has a host of its own.

mod assets;
mod card;
mod documentation;
mod json;
mod links;
mod message_page;
mod search_page;
#[cfg(test)]
mod tests;
mod widget;

pub use assets::{StaticFile, static_file};
pub use card::{Card, Size};
pub use documentation::{documentation, front_page};
pub use message_page::{MessagePage, message_page};
pub use search_page::{SearchPage, search_fragment, search_page};
pub use widget::widget_js;

/// The text of a template.
fn render(template: &impl askama::Template) -> String {
    // Templates fail only where the values shown in them do; ours are strings and numbers.
    template.render().unwrap_or_default()
}
