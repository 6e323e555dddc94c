//! Several nommers on one queue, several greppers on one database.

use std::time::Duration;

use crate::stack::{QUEUE, Stack};
use crate::support::eventually;
use crate::support::programs::{Grepper, Nommer};

const PATIENCE: Duration = Duration::from_secs(60);

/// What clients ask; the time is always told, as "now" differs.
pub const QUESTIONS: [&str; 7] = [
    "/messagecount",
    "/raw?start=1&end=4000000000&rows_per_page=50&meta=link",
    "/raw?start=1&end=4000000000&user=u7&order=asc",
    "/raw?start=1&end=4000000000&package=p7&page=2&rows_per_page=5",
    "/id?id=message-0",
    "/v2/search?start=2020-01-01&end=2100-01-01&rows_per_page=30&user=u3",
    "/charts/line?start=1714500000&end=1714600000&n=10",
];

/// How many messages it has stored, as its log tells.
fn share(nommer: &Nommer) -> u64 {
    let log = nommer.log();
    let batches = log
        .lines()
        .filter(|line| line.contains(": batch received="));
    let stored = batches.filter_map(|line| {
        let (_, rest) = line.split_once(" stored=")?;
        rest.split(' ').next()?.parse::<u64>().ok()
    });
    stored.sum()
}

#[test]
fn three_nommers_share_a_queue_one_is_killed_and_two_greppers_answer_alike() {
    let mut stack = Stack::start();
    let start = || Nommer::start(&Stack::config_of(&stack.rabbit, &stack.database));
    let (mut second, mut third) = (start(), start());
    eventually("all three consume", PATIENCE, || {
        let list = stack.rabbit.rabbitmqctl(["list_consumers", "queue_name"]);
        list.is_ok_and(|list| list.matches(QUEUE).count() >= 3)
    });
    let stream = stack.stream();
    stack.wait_for_stored(600);
    second.process.kill().expect("killed");
    stack.wait_for_stored(600);
    stack.assert_all_stored_once(stream);
    let shares = [&stack.nommer, &second, &third].map(share);
    println!("shares of the work: {shares:?}, of which the second was killed on its way");
    let all = stack.stored() as u64;
    for alive in [shares[0], shares[2]] {
        assert!(
            alive * 10 > all,
            "{shares:?} of {all}: one has hardly any work"
        );
    }
    assert!(shares[1] > 0, "{shares:?}");

    let mut greppers = [(); 2].map(|()| Grepper::start(&stack.database.url, &[]));
    for question in QUESTIONS {
        let answers = greppers.each_ref().map(|grepper| grepper.get(question));
        let alike = |answer: &crate::support::http::Answer| {
            let bodies = answer.body.clone();
            (answer.status, bodies)
        };
        assert_eq!(alike(&answers[0]), alike(&answers[1]), "{question}");
        assert_eq!(answers[0].status, 200, "{question}: {}", answers[0].body);
    }
    // Whoever has both in a list goes on with the other.
    greppers[0].process.kill().expect("killed");
    let answer = greppers[1].get("/messagecount").json()["messagecount"].clone();
    assert_eq!(answer, all);
    assert_eq!(third.terminate(), Some(0));
    assert_eq!(stack.nommer.terminate(), Some(0));
}
