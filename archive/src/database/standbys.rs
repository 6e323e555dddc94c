//! For how many standbys commits are to wait, as PostgreSQL has it said.

/// The expression in SQL for that number, of what `synchronous_standby_names` holds.
macro_rules! needed_standbys {
    ($names:literal) => {
        concat!(
            "CASE ",
            $names,
            " WHEN '' THEN 0 ELSE coalesce((regexp_match(",
            $names,
            r", '^\s*(?:first\s+|any\s+)?(\d+)\s*\(', 'i'))[1]::bigint, 1) END"
        )
    };
}
pub(crate) use needed_standbys;
