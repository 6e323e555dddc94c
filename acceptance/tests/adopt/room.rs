//! How much memory a run takes.

use std::process::Stdio;
use std::time::Duration;

use crate::both::{adopt, new, old, sql};
use crate::support::memory::peak_while_it_runs;

const MOST: u64 = 128 << 20;

#[test]
fn a_run_needs_less_than_128_mb_whatever_messages_hold() {
    let (old, new) = (old(45_000), new());
    // 135 MB of usual ones, and a few large ones.
    sql(
        &old,
        r#"UPDATE messages SET msg = '{"text": "' || repeat(md5(id::text), 94) || '"}';
           UPDATE messages SET msg = '{"text": "' || repeat(md5(id::text), 150000) || '"}' WHERE id % 1500 = 0"#,
    );
    let mut nommer = adopt(&old, &new, &[]);
    let mut nommer = nommer.stdout(Stdio::null()).spawn().expect("nommer");
    let mut peak = 0;
    let status = loop {
        if let Some(status) = nommer.try_wait().expect("waited") {
            break status;
        }
        peak = peak.max(peak_while_it_runs(nommer.id()).unwrap_or_default());
        std::thread::sleep(Duration::from_millis(20));
    };
    assert!(status.success());
    assert_eq!(sql(&new, "SELECT count(*) FROM messages"), "45000");
    assert!((10 << 20..MOST).contains(&peak), "{} MB", peak >> 20);
}
