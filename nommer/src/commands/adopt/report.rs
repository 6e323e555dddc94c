//! What is said of checks, of what was done, and of what differs.

use archive::adopt::{Adopted, Checked, Severity, Tied, Verified};
use service::say;

use super::progress::duration;
use crate::words::counted;

/// Tells what was found before anything is done.
pub fn checked(checked: &Checked) {
    for finding in &checked.findings {
        let severity = match finding.severity {
            Severity::Note => "note",
            Severity::Warning => "warning",
            Severity::Error => "error",
        };
        say(format_args!("{severity}: {}", finding.text));
    }
}

/// Tells what was done, in so many seconds.
pub fn adopted(adopted: &Adopted, seconds: f64) {
    let rate = adopted.read as f64 / seconds.max(0.001);
    let (read, slices) = (
        counted(adopted.read, "message"),
        counted(adopted.slices, "slice"),
    );
    say(format_args!(
        "read {read} in {slices} and {}, {rate:.0} a second: {} stored, {} here before, {} put aside",
        duration(seconds),
        adopted.stored,
        adopted.duplicates(),
        adopted.put_aside,
    ));
    if adopted.skipped > 0 {
        let skipped = counted(adopted.skipped, "message");
        say(format_args!("{skipped} of earlier runs were only counted"));
    }
    say(format_args!(
        "{} and {} of messages stored",
        counted(adopted.users.stored, "user"),
        counted(adopted.packages.stored, "package")
    ));
    let Tied {
        orphaned, nameless, ..
    } = adopted.users;
    let (orphaned, nameless) = (
        orphaned + adopted.packages.orphaned,
        nameless + adopted.packages.nameless,
    );
    if orphaned > 0 {
        say(format_args!(
            "{orphaned} users and packages of no message were left out"
        ));
    }
    if nameless > 0 {
        say(format_args!(
            "{nameless} users and packages without a name were left out"
        ));
    }
    if adopted.put_aside > 0 {
        say("`nommer dead-letters list` tells what was put aside, and why");
    }
}

/// Tells how both archives compare.
pub fn verified(verified: &Verified) {
    let (messages, days) = (
        counted(verified.messages, "message"),
        counted(verified.days, "day"),
    );
    say(format_args!(
        "compared {messages} of {days} by topic, and {} column by column",
        counted(verified.sampled, "message")
    ));
    if verified.put_aside > 0 {
        let letters = counted(verified.put_aside, "message");
        say(format_args!(
            "{letters} of them {} among the dead letters",
            are(verified.put_aside)
        ));
    }
    if verified.received > 0 {
        let received = counted(verified.received, "message");
        say(format_args!(
            "{received} of them, whose senders gave no time, {} here with the time at which nommer received them",
            are(verified.received)
        ));
    }
    if verified.doubled > 0 {
        let doubled = counted(verified.doubled, "message");
        say(format_args!(
            "{doubled} of them {} there once more, and so here: whose senders gave no time may have been sent or only delivered again",
            are(verified.doubled)
        ));
    }
    if verified.more_here > 0 {
        let more = counted(verified.more_here, "message");
        say(format_args!(
            "{more} {} here and not there",
            are(verified.more_here)
        ));
    }
    differing(verified);
}

fn differing(verified: &Verified) {
    if verified.own > 0 {
        say(format_args!(
            "{} differ where nommer had stored the message itself, by its own rules",
            verified.own
        ));
    }
    for difference in &verified.differences {
        say(difference);
    }
    let told = verified.differences.len() as u64;
    if verified.different > told {
        say(format_args!("and {} more", verified.different - told));
    }
}

fn are(number: u64) -> &'static str {
    if number == 1 { "is" } else { "are" }
}
