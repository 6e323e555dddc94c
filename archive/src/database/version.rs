//! Versions of rows: by which one that was read before is known to be the same still.

/// The transaction that wrote a row, as text. It is another one each time that a row which others
/// could see changes.
pub(crate) type RowVersion = String;

/// The expression for the version of the rows of a table, or of its alias.
pub(crate) fn of(table: &str) -> String {
    format!("{table}.xmin::text")
}
