//! Stored messages as clients see them: the two forms, what `meta` adds, and the cards of pages.

pub(crate) mod bar_edges;
pub(crate) mod builds;
mod builds_json;
pub(crate) mod chart_data;
pub(crate) mod excerpt;
mod failing;
pub(crate) mod groups;
pub(crate) mod humanise;
pub(crate) mod list_data;
pub mod make_card;
pub(crate) mod message_detail;
pub mod message_view;
pub(crate) mod meta;
pub(crate) mod moment;
pub(crate) mod name_lines;
pub(crate) mod portrait;
pub(crate) mod reasons;
pub(crate) mod road_view;
pub mod silence;
pub(crate) mod stops;
