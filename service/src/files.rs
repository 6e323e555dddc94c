//! How many files, sockets among them, the process may have open.

use nix::sys::resource::{Resource, getrlimit, setrlimit};

/// Raises the limit to what is allowed without asking, but not beyond `most`, and answers what it is
/// then. Services are started with 1024 as a rule, and may have many times as many.
pub fn raise_limit(most: u64) -> u64 {
    let Ok((soft, hard)) = getrlimit(Resource::RLIMIT_NOFILE) else {
        return 1024;
    };
    let wanted = most.min(hard).max(soft);
    match setrlimit(Resource::RLIMIT_NOFILE, wanted, hard) {
        Ok(()) => wanted,
        Err(_) => soft,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_is_never_lowered() {
        let before = raise_limit(0);
        assert_eq!(raise_limit(before + 10).max(before + 10), before + 10);
        assert!(raise_limit(1) >= before);
    }
}
