//! The real datagrepper beside grepper on the same tables: answers differ as the reference says, and in no other way.

use crate::environment;
use crate::incumbent::{DEFAULT_SPAN, Datagrepper};
use crate::shapes::{self, Names};
use crate::support::differ::compare;
use crate::support::programs::Grepper;
use crate::support::sample_archive::fresh;

#[test]
fn datagrepper_and_grepper_differ_as_the_reference_says() {
    let Some(programs) = environment::programs() else {
        return;
    };
    let database = fresh(4_000);
    let postgres = devstack::shared_postgres().expect("a PostgreSQL server");
    // Python trusts the session's time zone.
    let utc = format!("ALTER DATABASE \"{}\" SET timezone = 'UTC'", database.name);
    postgres.run_sql(&database.name, &utc).expect("set");
    let old = Datagrepper::start(programs, &database.url, "");
    let arguments = ["--default-query-delta", DEFAULT_SPAN];
    let new = Grepper::start(&database.url, &arguments);
    let wanted = shapes::wanted(500);
    let requests = shapes::requests(&Names::of(&database), wanted);
    let told = compare(
        &old.url,
        &new.authority,
        &requests,
        &["--repeat", "--jobs", "2"],
    );
    println!("{}", told.text);
    assert_eq!(told.code, Some(0), "{}", told.text);
    let counts = &told.report["requests"];
    let told_of = ["asked", "not_asked"].map(|name| counts[name].as_u64().expect("a number"));
    assert_eq!(told_of.iter().sum::<u64>(), wanted as u64);
    // They do differ, and in what they are known for.
    for kind in [
        "no-agents",
        "type-as-asked",
        "bad-number",
        "plus-in-time",
        "total-past-the-end",
        "meta-from-rules",
    ] {
        assert!(told.kinds().contains(&kind), "{kind} in {:?}", told.kinds());
    }
}
