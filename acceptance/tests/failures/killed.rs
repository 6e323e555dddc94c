//! nommer itself ends, in order or by force, alone or one of two.

use std::time::Duration;

use simulator::Random;

use crate::stack::{QUEUE, Stack};
use crate::support::amqp::{Publisher, properties};
use crate::support::programs::Nommer;
use crate::support::{eventually, rows};

const PATIENCE: Duration = Duration::from_secs(60);

#[test]
fn nothing_is_lost_or_doubled_when_nommer_is_killed_again_and_again() {
    let mut stack = Stack::start();
    let stream = stack.stream();
    for n in 0..15_u64 {
        stack.wait_for_stored(20);
        // Other moments of a batch each time.
        std::thread::sleep(Duration::from_millis(n * 7 % 40));
        stack.nommer.process.kill().expect("killed");
        stream.wait_for(20);
        stack.nommer.start_again();
    }
    stack.wait_for_stored(50);
    stack.assert_all_stored_once(stream);
}

#[test]
fn nothing_is_lost_doubled_or_untied_when_two_nommers_are_killed_thirty_times_at_random() {
    let mut stack = Stack::start();
    let stream = stack.stream();
    let mut second = Nommer::start(&Stack::config_of(&stack.rabbit, &stack.database));
    let mut random = Random::new(1);
    for _ in 0..30 {
        stack.wait_for_stored(1);
        std::thread::sleep(Duration::from_millis(random.between(0, 700)));
        let nommer = match random.percent(50) {
            true => &mut stack.nommer,
            false => &mut second,
        };
        nommer.process.kill().expect("killed");
        nommer.start_again();
    }
    stack.wait_for_stored(50);
    stack.assert_all_stored_once(stream);
    assert_eq!(second.terminate(), Some(0));
    assert_eq!(stack.nommer.terminate(), Some(0));
}

#[test]
fn a_stop_under_load_flushes_and_ends_with_zero() {
    let mut stack = Stack::start();
    let stream = stack.stream();
    for _ in 0..3 {
        stack.wait_for_stored(150);
        assert_eq!(stack.nommer.terminate(), Some(0), "{}", stack.nommer.log());
        stream.wait_for(50);
        stack.nommer.start_again();
    }
    stack.wait_for_stored(100);
    stack.assert_all_stored_once(stream);
}

#[test]
fn two_nommers_share_a_queue_and_one_takes_over_from_the_other() {
    let mut stack = Stack::start();
    let stream = stack.stream();
    let mut second = Nommer::start(&Stack::config_of(&stack.rabbit, &stack.database));
    for _ in 0..3 {
        stack.wait_for_stored(100);
        stack.nommer.process.kill().expect("killed");
        stack.wait_for_stored(100);
        stack.nommer.start_again();
        stack.wait_for_stored(100);
        second.process.kill().expect("killed");
        second.start_again();
    }
    stack.assert_all_stored_once(stream);
    assert_eq!(second.terminate(), Some(0));
}

#[test]
fn a_batch_that_is_written_before_an_earlier_one_is_not_acknowledged_before_it() {
    let mut stack = Stack::start();
    let (postgres, name) = (&stack.postgres, stack.database.name.as_str());
    let holds = |sql: &str| rows(postgres, name, &format!("SELECT EXISTS ({sql})")) == ["t"];
    // Another writer has stored the first message, but has not committed it: whoever stores it waits.
    let insert = "INSERT INTO messages (msg_id, i, topic, \"timestamp\", category, msg)
                  VALUES ('first', 0, 'load.x', '2024-05-01 12:00:00', 'x', '{}')";
    let other = format!("BEGIN; {insert}; SELECT pg_sleep(600)");
    let mut other = devstack::psql(&stack.database.url)
        .expect("psql")
        .args(["--command", &other])
        .spawn()
        .expect("psql");
    let sleeping = "SELECT FROM pg_stat_activity WHERE wait_event = 'PgSleep'";
    eventually("the other writer sleeps", PATIENCE, || holds(sleeping));
    let publisher = Publisher::connect(&stack.rabbit.url());
    let sent_at = Some("2024-05-01T12:00:00+00:00");
    publisher.publish("load.x", properties("first", sent_at), b"{}");
    let waiting = "SELECT FROM pg_stat_activity WHERE application_name = 'nommer' AND wait_event_type = 'Lock'";
    eventually("the first batch waits", PATIENCE, || holds(waiting));
    publisher.publish("load.x", properties("second", sent_at), b"{}");
    eventually("the second is stored", PATIENCE, || {
        holds("SELECT FROM messages WHERE msg_id = 'second'")
    });
    // A wrong acknowledgement would be on its way now.
    std::thread::sleep(Duration::from_millis(500));
    assert_eq!(
        stack.rabbit.queue_depth(QUEUE).expect("a depth"),
        Some(2),
        "{}",
        stack.nommer.log()
    );

    stack.nommer.process.kill().expect("killed");
    let end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event = 'PgSleep'";
    rows(&stack.postgres, &stack.database.name, end);
    other.wait().expect("ended");
    stack.nommer.start_again();
    eventually("both are acknowledged", PATIENCE, || {
        stack.rabbit.queue_depth(QUEUE).expect("a depth") == Some(0)
    });
    assert_eq!(stack.stored(), 2, "{}", stack.nommer.log());
}
