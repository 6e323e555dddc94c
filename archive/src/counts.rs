//! "How many match, and where in time do they lie?", without counting rows.
//!
//! The database keeps exact counters of whole days, months and years, for all messages and by
//! category, topic, agent, user and package (see the migration that makes them), and of days and
//! months by component, a subject that many messages share; of the hours of a day for all messages
//! and by category; and with most of them postings: the ids of the messages that they count.
//! [`choice`] has a table of the ways to answer by these.
//!
//! # An example
//!
//! How many messages of a category were sent from 3 May 2023, 14:20, to 2 March 2026, 09:10?
//!
//! ```text
//!      3 May 2023                            2024  2025                     2 March 2026
//!      14:00  14:20                                                          09:00   09:10
//!        ├──────┤ taken away                                          added   ├──────┤
//!        ├── hours ──┼─ days ─┼─ months ─┼─── years ───┼─ months ─┼─ days ─┼─ hours ─┤
//!          14 to 23    4…31 May  Jun…Dec     2             2         1 Mar    0 to 8
//!             10          28        7        2             2           1         9
//! ```
//!
//! 1. [`edge`] rounds both ends to the nearest full hour, the smallest bucket that counters of
//!    categories know: 14:00, as 20 minutes are less than 40, and 09:00.
//! 2. [`cover`] takes as few buckets as there can be between these: 10 hours, 28 days, 7 months,
//!    2 years, 2 months, 1 day and 9 hours. Hours stand in the counters of their days, so that is a
//!    row for each of 2 + 28 + 1 days, 9 months and 2 years: 42 rows, however many messages these
//!    count.
//! 3. [`rollups`] adds them up, and what writers noted and nobody folded yet, in one statement,
//!    which also counts the two remainders row by row: 14:00 to 14:20, which was counted and is
//!    taken away, and 09:00 to 09:10, which is added. At most half an hour at each end, however
//!    large the archive.
//! 4. For a page further back, [`overview`] reads the same counters bucket by bucket, and [`place`]
//!    finds in which of them the page starts, by year, month, day and hour.
//!
//! A search for a user *and* a package has no counters of its own. [`sets`] intersects the postings
//! of the two, month by month; its smallest bucket is a day, and the last day, of which nobody
//! keeps postings while it lasts, is counted row by row.
//!
//! # Words and letters
//!
//! The tables had their names first. What SQL calls a counter's `span` is a bucket's unit here: `d`,
//! `m`, `y`. Its `kind` is `m` for all messages, `c`, `t`, `a`, `u`, `p` and `s` for the dimensions; so
//! `span = 'm'` is a month, and `kind = 'm'` everything. Its `ids` are the postings, and rows of
//! `counter_notes`, a view of `counter_changes`, the notes of what is not folded yet.
//!
//! # Reading order
//!
//! `kind` and `bucket` say what there is; `cover` and `edge` cut time; `postings`, `found` and
//! `memory` hold what is read, `small_result` what is so little that it is the page as well;
//! `strategy` says what a way to answer has to tell. Rollups are what is summed (`rollups`), its
//! statement (`rollup_rows`) and the strategy (`rollup_search`, with `histogram`); sets are the
//! algebra (`sets`), its statement (`set_counts`) and the strategy (`set_search`); `bodies` is the
//! third, and `choice` chooses. `segment` and `place` find pages; `one_statement`, `overview`
//! and, for charts of sets, `bars` answer.

pub(crate) mod bars;
mod bodies;
pub(crate) mod bucket;
pub(crate) mod choice;
mod cover;
mod edge;
mod found;
pub(crate) mod groups;
mod histogram;
pub(crate) mod kind;
pub(crate) mod memory;
pub(crate) mod one_statement;
pub(crate) mod overview;
mod place;
pub(crate) mod postings;
mod rollup_rows;
mod rollup_search;
mod rollups;
mod segment;
mod set_counts;
mod set_search;
mod sets;
mod small_result;
mod strategy;
#[cfg(test)]
mod test_times;
