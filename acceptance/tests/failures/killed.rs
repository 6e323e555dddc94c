//! nommer itself ends, in order or by force, alone or one of two.

use std::time::Duration;

use crate::stack::Stack;
use crate::support::programs::Nommer;

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
