//! Which messages are compared column by column, once an archive was taken over.

use archive::Span;

use crate::adopt::{Both, both};

/// Messages of one second, and of the ends of time, all in one slice; some are of one moment.
fn odd_times() -> Both {
    let both = both();
    both.old.sql(
        r#"INSERT INTO messages (msg_id, i, topic, "timestamp", category, msg)
           SELECT 'id-' || n, 0, 'a.b.c.git', timestamp '2024-05-01' + n / 7 * interval '1 ms', 'git', '{}'
           FROM generate_series(1, 400) AS n
           UNION ALL VALUES ('first', 0, 'a.b.c.git', timestamp '0001-01-01', 'git', '{}'),
                            ('last', 0, 'a.b.c.git', timestamp '9999-12-31', 'git', '{}')"#,
    );
    assert_eq!(both.adopt().slices, 1);
    both
}

fn compared(both: &Both, span: Span, samples: u32) -> (u64, u64) {
    let verified = both.adoption().verify(span, samples, &|_| {});
    let verified = verified.expect("compared");
    (verified.sampled, verified.different)
}

#[test]
fn samples_are_spread_over_messages_and_not_over_time() {
    let both = odd_times();
    assert_eq!(compared(&both, Span::ALL, 100), (100, 0));
    both.new.sql("UPDATE messages SET agent_name = 'other'");
    assert_eq!(compared(&both, Span::ALL, 100), (100, 100));
}

#[test]
fn all_is_compared_where_there_is_no_more_than_samples() {
    let both = odd_times();
    assert_eq!(compared(&both, Span::ALL, 402), (402, 0));
    assert_eq!(compared(&both, Span::ALL, 1000), (402, 0));
    both.new
        .sql("UPDATE messages SET agent_name = 'other' WHERE msg_id IN ('id-77', 'last')");
    assert_eq!(compared(&both, Span::ALL, 402), (402, 2));
}

#[test]
fn samples_are_of_the_part_of_a_slice_that_is_asked_for() {
    let both = odd_times();
    let day = |day: &str| format!("2024-05-{day}T00:00:00").parse().expect("a time");
    let part = Span::between(day("01"), day("02"));
    assert_eq!(compared(&both, part, 1000), (400, 0));
    assert_eq!(compared(&both, part, 300), (300, 0));
}
