//! What each migration does to tables that are there already: told to whoever is to apply it.
//!
//! A test applies each of them and looks which locks it has at its end.

/// What a migration does to tables that are there when it begins.
pub(crate) struct Effect {
    /// Its name.
    pub(crate) migration: &'static str,
    /// Tables that nobody else reads or writes from its first lock to its end.
    pub(crate) closed: &'static [&'static str],
    /// Tables that nobody else writes meanwhile.
    pub(crate) read_only: &'static [&'static str],
    /// What takes the longer the more there is; without it, it is done in a moment.
    pub(crate) work: Option<RowWork>,
}

/// Work on all rows of a table.
pub(crate) struct RowWork {
    pub(crate) table: &'static str,
    /// As it was measured with a million rows, on PostgreSQL 15 and two busy cores.
    pub(crate) seconds_per_million: f64,
}

const NONE: &[&str] = &[];

const fn effect(
    migration: &'static str,
    closed: &'static [&'static str],
    read_only: &'static [&'static str],
) -> Effect {
    Effect {
        migration,
        closed,
        read_only,
        work: None,
    }
}

const fn working(effect: Effect, table: &'static str, seconds_per_million: f64) -> Effect {
    Effect {
        work: Some(RowWork {
            table,
            seconds_per_million,
        }),
        ..effect
    }
}

const TIED: &[&str] = &["messages", "packages_messages", "users_messages"];

/// In the order in which they are applied.
pub(crate) const EFFECTS: [Effect; 21] = [
    effect("2026-11-21-000001_create_archive", NONE, NONE),
    effect("2026-11-21-000002_create_dead_letters", NONE, NONE),
    effect("2026-11-21-000003_create_recent_topics", NONE, NONE),
    effect("2026-11-21-000004_create_alembic_version", NONE, NONE),
    working(
        effect("2026-11-21-000005_create_counters", NONE, TIED),
        "messages",
        23.4,
    ),
    working(
        effect(
            "2026-11-25-000001_keep_notes_apart_from_dead_ones",
            &["counter_changes"],
            NONE,
        ),
        "counter_changes",
        3.0,
    ),
    effect(
        "2026-11-25-000002_tie_only_messages_that_are_there",
        NONE,
        TIED,
    ),
    effect(
        "2026-11-25-000003_add_partitions_beside_writers",
        NONE,
        NONE,
    ),
    effect("2026-11-25-000004_fix_search_paths", NONE, NONE),
    effect("2026-11-25-000005_create_messages_trial", NONE, NONE),
    working(
        effect(
            "2026-11-25-000006_keep_dead_letters_readable",
            &["dead_letters"],
            NONE,
        ),
        "dead_letters",
        1.2,
    ),
    effect(
        "2026-11-25-000007_count_what_merge_updates",
        NONE,
        &["messages"],
    ),
    effect(
        "2026-11-26-000001_tell_notes_apart",
        &["counter_horizon", "counter_notes"],
        NONE,
    ),
    effect("2026-11-26-000002_truncate_with_ties", NONE, TIED),
    effect("2026-11-26-000003_add_subjects", &["counters_actual"], NONE),
    working(
        effect(
            "2026-11-26-000004_class_topics_beside_subjects",
            &["message_subjects"],
            &["messages"],
        ),
        "message_subjects",
        3.0,
    ),
    effect("2026-11-26-000005_record_adoption", NONE, NONE),
    effect(
        "2026-11-26-000006_record_adopted_keys",
        &["adoption_slices"],
        NONE,
    ),
    working(
        effect(
            "2026-11-27-000001_sum_subjects_up_by_month",
            NONE,
            &["counters"],
        ),
        "counters",
        0.6,
    ),
    effect("2026-11-27-000002_keep_stream_offsets", NONE, NONE),
    working(
        effect(
            "2026-11-27-000003_find_counters_by_time",
            NONE,
            &["counters"],
        ),
        "counters",
        0.9,
    ),
];
