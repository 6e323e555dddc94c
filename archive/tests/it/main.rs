//! Tests of the archive against a real PostgreSQL, whose time zone is far from UTC.

#![allow(missing_docs, reason = "nobody reads the documentation of tests")]

mod adopt;
mod adopt_checks;
mod adopt_late;
mod adopt_odd;
mod adopt_received;
mod adopt_sample;
mod aggregate;
mod amend;
mod audit;
mod begins;
mod blame;
mod counters;
mod everyone_writes;
mod feed;
mod hidden;
mod inquire;
mod kinds;
mod left_out;
mod legacy;
mod letters;
mod lists;
mod machines;
mod migrations;
mod names;
mod paging;
mod partitions;
mod plain_sql;
mod plans;
mod poolers;
mod recent_topics;
mod remembered;
mod replicated;
mod rights;

mod search;
mod sequences;
mod sessions;
mod slow_link;
mod snapshots;
mod statements;
mod store;
mod stream_offsets;
mod support;
mod tally;
mod ties;
mod topic_classes;
mod truncating;
mod two_servers;
mod walk;
