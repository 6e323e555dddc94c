//! The primary ends, and its standby takes its place.

use std::time::Duration;

use devstack::StopMode;

use crate::stack::{QUEUE, Stack};
use crate::support::programs::{Grepper, Nommer, config};
use crate::support::{eventually, rows};

const PATIENCE: Duration = Duration::from_secs(60);

/// The URL of a database on two servers.
fn on_both(url: &str, first: u16, second: u16) -> String {
    let place = |port| format!("127.0.0.1:{port}");
    let one = [first, second]
        .into_iter()
        .find(|port| url.contains(&place(*port)))
        .expect("its server");
    let both = format!("{},{}", place(first), place(second));
    url.replace(&place(one), &both)
}

#[test]
fn a_list_of_servers_leads_nommer_to_the_primary_and_grepper_to_who_answers() {
    let mut stack = Stack::start();
    let mut standby = stack.postgres.standby(Stack::durable()).expect("a standby");
    let (first, second) = (stack.postgres.port(), standby.port());
    let sql = |statement: &str| rows(&stack.postgres, &stack.database.name, statement);
    sql("ALTER SYSTEM SET synchronous_standby_names = '*'");
    sql("SELECT pg_reload_conf()");
    eventually("commits wait for the standby", PATIENCE, || {
        sql("SELECT sync_state FROM pg_stat_replication") == ["sync"]
    });
    assert_eq!(stack.nommer.terminate(), Some(0), "{}", stack.nommer.log());
    // The standby comes first, and takes nothing; the primary comes first again once it was left behind.
    let url = on_both(&stack.database.url, second, first);
    stack.nommer = Nommer::start(&config(&stack.rabbit.url(), &url, QUEUE, "load.#"));
    stack.wait_until_consuming();
    let grepper = Grepper::start(&on_both(&stack.database.url, first, second), &[]);
    let stream = stack.stream();
    stack.wait_for_stored(300);
    assert_eq!(grepper.get("/raw").status, 200);

    stack.postgres.kill().expect("killed");
    standby
        .run_sql("postgres", "SELECT pg_promote()")
        .expect("promoted");
    stack.database.url = standby.url(&stack.database.name);
    std::mem::swap(&mut stack.postgres, &mut standby);
    stack.wait_for_stored(300);
    eventually("grepper answers", PATIENCE, || {
        grepper.get("/raw").status == 200
    });
    // The old primary is back, and takes writes as if nothing had happened, while the new one starts again.
    standby.start_again().expect("started");
    stack.postgres.stop(StopMode::Fast).expect("stopped");
    std::thread::sleep(Duration::from_secs(3));
    stack.postgres.start_again().expect("started again");
    stack.wait_for_stored(300);
    stack.assert_all_stored_once(stream);
    assert_eq!(stack.nommer.terminate(), Some(0), "{}", stack.nommer.log());
}
