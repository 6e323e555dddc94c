//! The rules of the project for causes that last seconds.

use crate::alerts::read;

/// What takes long or much in the rules, and what it is here. Prometheus asks once a second.
const SHORTER: &[(&str, &str)] = &[
    ("for: 1m\n", "for: 2s\n"),
    ("for: 2m\n", "for: 2s\n"),
    ("for: 5m\n", "for: 2s\n"),
    ("for: 10m\n", "for: 2s\n"),
    ("for: 15m\n", "for: 2s\n"),
    ("for: 1h\n", "for: 2s\n"),
    // Most tests have only one of them.
    (" or absent(up{job=\"nommer\"})", ""),
    (" or absent(up{job=\"grepper\"})", ""),
    ("[2m]", "[5s]"),
    ("[5m]", "[10s]"),
    ("[3d]", "[10s]"),
    ("[1h]", "[10s]"),
    ("offset 5m", "offset 10s"),
    // A test may fill none but one of memory.
    ("fstype!=\"tmpfs\"", "fstype=\"tmpfs\""),
    (
        "nommer_log_archived_timestamp_seconds > 3600",
        "nommer_log_archived_timestamp_seconds > 20",
    ),
    (
        "nommer_newest_sent_at_timestamp_seconds > 300",
        "nommer_newest_sent_at_timestamp_seconds > 4",
    ),
    (
        "nommer_unfolded_notes > 200000",
        // The stream alone leaves 2,000 between two folds.
        "nommer_unfolded_notes > 8000",
    ),
    (
        "nommer_oldest_snapshot_timestamp_seconds > 3600",
        "nommer_oldest_snapshot_timestamp_seconds > 20",
    ),
    (
        "nommer_standby_lag_bytes > 1e9",
        "nommer_standby_lag_bytes > 1e6",
    ),
    (
        "grepper_replica_lag_seconds > 120",
        "grepper_replica_lag_seconds > 4",
    ),
    (
        "nommer_unfrozen_transactions > 1.6e9",
        "nommer_unfrozen_transactions > 20000",
    ),
];

/// The rules, shorter.
pub fn rules() -> String {
    SHORTER.iter().fold(
        read("deploy/prometheus/rules.yml"),
        |rules, (long, short)| {
            assert!(rules.contains(long), "nothing in the rules is {long:?}");
            rules.replace(long, short)
        },
    )
}
