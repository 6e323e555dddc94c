//! Numbers as people read them.

/// The number with its thousands set apart.
pub fn grouped(number: impl std::borrow::Borrow<u64>) -> String {
    let number = *number.borrow();
    let digits = number.to_string();
    let groups = digits
        .as_bytes()
        .rchunks(3)
        .rev()
        .map(String::from_utf8_lossy);
    groups.collect::<Vec<_>>().join(",")
}
