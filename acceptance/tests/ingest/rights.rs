//! The rights of `docs/grants.sql`: enough for both programs, and no more.

use std::time::Duration;

use crate::support::amqp::{Publisher, properties};
use crate::support::programs::{Grepper, Nommer, clean, config_apart, migrate};
use crate::support::{eventually, rows};

pub const GRANTS: &str = include_str!("../../../docs/grants.sql");
/// What each role may do with what, columns included.
pub const RIGHTS: &str = "SELECT relname, attname, acl.grantee::regrole, acl.privilege_type
    FROM pg_class CROSS JOIN LATERAL (
        SELECT NULL, relacl UNION ALL SELECT attname, attacl FROM pg_attribute WHERE attrelid = pg_class.oid
    ) AS at (attname, acls) CROSS JOIN LATERAL aclexplode(acls) AS acl
    WHERE relnamespace = 'public'::regnamespace AND acl.grantee <> relowner ORDER BY 1, 2, 3, 4";
const TOPIC: &str = "org.fedoraproject.prod.git.receive";

#[test]
fn programs_work_with_the_least_rights_and_have_no_others() {
    let postgres = devstack::shared_postgres().expect("a PostgreSQL server");
    let rabbit = devstack::shared_rabbit().expect("a RabbitMQ server");
    let database = postgres.fresh_database().expect("a database");
    migrate(&database.url);
    let sql = |text: &str| postgres.run_sql(&database.name, text);
    sql("CREATE ROLE nommer LOGIN; CREATE ROLE grepper LOGIN").expect("roles");
    for _ in 0..2 {
        // Years to come are the owner's to make; the second time is that after an upgrade.
        sql("SELECT messages_add_partition(extract(year FROM now())::int)").expect("a partition");
        sql(GRANTS).expect("granted");
    }
    let url = |role: &str| as_role(&database, role);

    let publisher = Publisher::connect(&rabbit.url()).apart("rights");
    let settings = config_apart(&rabbit.url(), &url("nommer"), "rights", "rights");
    let mut nommer = Nommer::start(&settings);
    eventually("it consumes", Duration::from_secs(30), || {
        nommer.log().contains("consuming")
    });
    let body = br#"{"agent": "alice", "commit": {"username": "bob", "repo": "kernel"}}"#;
    publisher.publish(TOPIC, properties("rights-1", None), body);
    publisher.publish(TOPIC, properties("rights-2", None), b"no JSON");
    let count = |table: &str| {
        rows(
            postgres,
            &database.name,
            &format!("SELECT count(*) FROM {table}"),
        )
    };
    eventually("both are kept", Duration::from_secs(30), || {
        count("messages") == ["1"] && count("dead_letters") == ["1"]
    });
    eventually("the notes are folded", Duration::from_secs(60), || {
        count("counter_changes") == ["0"] && count("counters") != ["0"]
    });
    assert_eq!(nommer.terminate(), Some(0), "{}", nommer.log());
    assert!(!nommer.log().contains("no right"), "{}", nommer.log());
    for arguments in [&["counters", "verify"][..], &["extract", "all"]] {
        let output = clean("nommer")
            .args(arguments)
            .env("DATABASE_URL", url("nommer"))
            .output()
            .expect("nommer");
        assert!(output.status.success(), "{arguments:?}: {output:?}");
    }

    let grepper = Grepper::start(&url("grepper"), &[]);
    for path in [
        "/raw?category=git",
        "/raw?user=bob&package=kernel&delta=86400",
        "/v2/search?contains=kernel&delta=60&category=git",
        "/charts/line",
        "/messagecount",
        "/v2/pulse",
        "/healthz/ready",
    ] {
        let answer = grepper.get(path);
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
    }
    assert_eq!(grepper.get("/raw?category=git").json()["total"], 1);

    for (role, statement) in [
        ("grepper", "SELECT 1 FROM dead_letters"),
        ("grepper", "INSERT INTO users (name) VALUES ('x')"),
        ("grepper", "UPDATE messages SET topic = 'x'"),
        ("grepper", "DELETE FROM counter_changes"),
        ("grepper", "CREATE TABLE x ()"),
        ("nommer", "DELETE FROM messages"),
        ("nommer", "UPDATE messages SET msg = '{}'"),
        ("nommer", "TRUNCATE counters"),
        ("nommer", "DROP TABLE users"),
        ("nommer", "CREATE TABLE x ()"),
    ] {
        let as_role = format!("SET ROLE {role}; {statement}");
        let error = sql(&as_role).expect_err(statement).to_string();
        let refused = ["permission denied", "must be owner"];
        assert!(
            refused.iter().any(|text| error.contains(text)),
            "{role}: {statement}: {error}"
        );
    }
}

#[test]
fn grants_touch_no_other_tables_and_take_back_what_was_granted_before() {
    let postgres = devstack::shared_postgres().expect("a PostgreSQL server");
    let database = postgres.fresh_database().expect("a database");
    let sql = |text: &str| postgres.run_sql(&database.name, text);
    sql("CREATE ROLE granting LOGIN; CREATE ROLE nommer_b; CREATE ROLE grepper_b; CREATE ROLE another;
         GRANT USAGE, CREATE ON SCHEMA public TO granting, another;
         SET ROLE another; CREATE TABLE anothers (); GRANT SELECT ON anothers TO grepper_b")
        .expect("roles");
    migrate(&as_role(&database, "granting"));
    let grants = GRANTS
        .replace("nommer", "nommer_b")
        .replace("grepper", "grepper_b");
    let grant = || sql(&format!("SET ROLE granting; {grants}"));
    sql(
        "SET ROLE granting; SELECT messages_add_partition(2027); CREATE TABLE ours ();
         GRANT SELECT ON ours TO grepper_b",
    )
    .expect("tables");
    grant().expect("granted beside the table of another role");
    let least = rows(postgres, &database.name, RIGHTS);
    assert!(least.contains(&"anothers||grepper_b|SELECT".to_owned()));
    assert!(least.contains(&"ours||grepper_b|SELECT".to_owned()));
    sql("SET ROLE granting; GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO nommer_b, grepper_b;
         DO $$ DECLARE name regclass; BEGIN
             FOR name IN SELECT oid FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v', 'm')
                         AND relname NOT IN ('ours', 'anothers') LOOP
                 EXECUTE format('GRANT ALL ON %s TO nommer_b, grepper_b', name);
             END LOOP; END $$")
        .expect("granted more");
    assert!(rows(postgres, &database.name, RIGHTS).len() > least.len());
    grant().expect("granted again");
    assert_eq!(rows(postgres, &database.name, RIGHTS), least);
}

#[test]
fn grepper_tells_which_right_it_lacks() {
    let postgres = devstack::shared_postgres().expect("a PostgreSQL server");
    let database = postgres.fresh_database().expect("a database");
    migrate(&database.url);
    let sql = |text: &str| postgres.run_sql(&database.name, text).expect(text);
    sql("INSERT INTO messages (i, topic, timestamp, category, msg) VALUES (0, 't', '2026-11-25', 'c', '{}');
         INSERT INTO users (name) VALUES ('alice'); INSERT INTO packages (name) VALUES ('kernel');
         INSERT INTO users_messages SELECT users.id, messages.id, timestamp FROM users, messages;
         INSERT INTO packages_messages SELECT packages.id, messages.id, timestamp FROM packages, messages");
    sql("CREATE ROLE nommer_c; CREATE ROLE grepper_c LOGIN");
    sql(&GRANTS
        .replace("nommer", "nommer_c")
        .replace("grepper", "grepper_c"));
    let granted = rows(
        postgres,
        &database.name,
        "SELECT table_name FROM information_schema.role_table_grants WHERE grantee = 'grepper_c'",
    );
    assert!(granted.contains(&"counters".to_owned()), "{granted:?}");
    let of_tables = |table: &String| (format!("SELECT ON {table}"), format!("read {table}"));
    let mut all: Vec<_> = granted.iter().map(of_tables).collect();
    // Whoever owns nothing in it gets this right with all others.
    sql("REVOKE USAGE ON SCHEMA public FROM PUBLIC");
    all.push((
        "USAGE ON SCHEMA public".into(),
        "use the schema public".into(),
    ));
    let grepper = Grepper::start(&as_role(&database, "grepper_c"), &[]);
    for (right, told) in all {
        assert_eq!(grepper.get("/healthz/ready").status, 200, "{right}");
        sql(&format!("REVOKE {right} FROM grepper_c"));
        let ready = grepper.get("/healthz/ready");
        assert_eq!(ready.status, 503, "{right}");
        let detail = ready.json()["detail"].to_string();
        for part in [told.as_str(), "docs/grants.sql"] {
            assert!(detail.contains(part), "{right}: {detail}");
        }
        if right != "SELECT ON __diesel_schema_migrations" {
            let asked = match right.as_str() {
                "SELECT ON message_subjects" => "/raw?subject=build:7",
                _ => "/raw?user=alice",
            };
            let answer = grepper.get(asked);
            assert_eq!(answer.status, 503, "{right}: {}", answer.body);
        }
        sql(&format!("GRANT {right} TO grepper_c"));
    }
    let log = grepper.process.log().expect("its log");
    let told = "the role may not read";
    assert!(
        log.contains(told) && log.contains("docs/grants.sql"),
        "{log}"
    );
}

/// The URL of the database for this role.
pub fn as_role(database: &devstack::Database, role: &str) -> String {
    database.url.replacen("postgres@", &format!("{role}@"), 1)
}
