//! The HTML pages, the embeddable widget and the static files.
//!
//! Pure functions from plain values to text. Whatever came from a message or a request is escaped
//! here: whoever can send to the bus can choose topics, summaries and links. `root` is the path the
//! service is mounted at, without a final slash; `""` if it has a host of its own.

pub mod around;
pub mod assets;
pub mod belongs;
mod builder_form;
pub mod busy_page;
pub mod card;
pub mod census_page;
pub mod chart_builder;
mod chips;
pub mod crawlers;
pub mod documentation;
mod documents;
pub mod facets;
pub mod find_page;
mod frame;
pub mod glyphs;
pub mod heat_map;
pub mod highlight;
pub mod histogram;
pub mod home;
mod json_path;
pub mod known;
pub mod links;
pub mod lists;
pub mod marks;
pub mod message_page;
pub mod name_page;
pub mod numbers;
pub mod opensearch;
pub mod refusal_page;
mod render;
pub mod road_page;
pub mod search_form;
pub mod search_links;
pub mod search_page;
mod search_title;
pub mod searched_time;
pub mod sparkline;
#[cfg(test)]
mod tests;
mod times;
pub mod tree;
mod tree_value;
pub mod widget;
pub mod widget_builder;
