//! Numbers that look random, and are the same for the same seed.

/// Numbers below `below`.
pub fn random(seed: u64) -> impl FnMut(usize) -> usize + Send + 'static {
    let mut state = seed;
    move |below| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).expect("31 bits") % below
    }
}

/// Another seed at each run, or that of the variable `AUDIT_SEED`, to see a failure again.
pub fn seed() -> u64 {
    match std::env::var("AUDIT_SEED") {
        Ok(seed) => seed.parse().expect("a number"),
        Err(_) => {
            u64::from(std::process::id()) << 20
                | u64::from(uuid::Uuid::new_v4().as_fields().0 >> 12)
        }
    }
}
