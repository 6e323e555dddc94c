//! A run that is killed at any moment goes on where it was.

use std::process::Stdio;
use std::time::{Duration, Instant};

use crate::both::{adopt, dump, new, old, rows, sql, succeed};
use crate::support::programs::verify_counters;

const KILLS: u32 = 20;

#[test]
fn runs_that_are_killed_end_with_the_rows_of_one_that_is_not() {
    let old = old(60_000);
    // Odd ones, among them what is put aside.
    sql(
        &old,
        r#"UPDATE messages SET msg = '' WHERE id IN (77, 30001, 59999);
           INSERT INTO users_messages VALUES (1, 1, '2020-01-01')"#,
    );
    let before = dump(&old);
    let undisturbed = new();
    let started = Instant::now();
    succeed(&old, &undisturbed, &[]);
    let lasts = started.elapsed();

    let disturbed = new();
    let mut killed = 0;
    // Numbers without an order, the same each time.
    let mut number = 12_345_u32;
    for _ in 0..KILLS {
        number = number.wrapping_mul(1_103_515_245).wrapping_add(12_345);
        let part = f64::from(number >> 16) / 65_536.0;
        let mut nommer = adopt(&old, &disturbed, &[]);
        let mut child = nommer.stdout(Stdio::null()).spawn().expect("nommer");
        let end = Instant::now() + lasts.mul_f64(part / 2.0);
        while Instant::now() < end && child.try_wait().expect("waited").is_none() {
            std::thread::sleep(Duration::from_millis(5));
        }
        if child.try_wait().expect("waited").is_none() {
            killed += 1;
        }
        // SIGKILL.
        let _ = child.kill();
        child.wait().expect("ended");
    }
    assert!(
        killed > KILLS / 4,
        "it was seldom there to be killed: {killed}"
    );
    succeed(&old, &disturbed, &[]);
    assert_eq!(rows(&disturbed), rows(&undisturbed));
    assert_eq!(sql(&disturbed, "SELECT count(*) FROM messages"), "59997");
    let letters = "SELECT routing_key, properties::text, deliveries FROM dead_letters ORDER BY 2";
    assert_eq!(sql(&disturbed, letters), sql(&undisturbed, letters));
    verify_counters(&disturbed.url);
    let again = succeed(&old, &disturbed, &[]);
    assert!(again.contains("read 0 messages in 0 slices"), "{again}");
    assert_eq!(dump(&old), before, "something was written there");
}
