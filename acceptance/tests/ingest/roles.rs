//! `nommer roles`: makes the roles of an archive, with the rights of `docs/grants.sql`, by whoever may.

use crate::rights::{GRANTS, RIGHTS, as_role};
use crate::support::programs::{Grepper, clean};
use crate::support::rows;

/// Runs nommer at this URL; answers its code and all that it says.
fn nommer(url: &str, arguments: &[&str]) -> (Option<i32>, String) {
    let mut command = clean("nommer");
    command.args(["-c", "/dev/null"]).args(arguments);
    let output = command.env("DATABASE_URL", url).output().expect("nommer");
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said).into_owned();
    (output.status.code(), said)
}

#[test]
fn one_command_makes_the_roles_before_and_after_the_tables_and_again() {
    let postgres = devstack::shared_postgres().expect("a PostgreSQL server");
    let database = postgres.fresh_database().expect("a database");
    let names = ["--owner", "own-r", "--writer", "user", "--reader", "read_r"];
    let names = [&names[..], &["--people", "p_r", "--people", "q_r"]].concat();
    let roles = || {
        let (code, said) = nommer(&database.url, &[&["roles"], &names[..]].concat());
        assert_eq!(code, Some(0), "{said}");
        said
    };
    let said = roles();
    for told in [
        "\\password own-r",
        "\\password user",
        "run `nommer migrate` as own-r",
    ] {
        assert!(said.contains(told), "{told}: {said}");
    }
    let (code, said) = nommer(&as_role(&database, "own-r"), &["migrate"]);
    assert_eq!(code, Some(0), "{said}");
    assert_eq!(roles(), "the roles have their rights\n");

    let rights = || rows(postgres, &database.name, RIGHTS);
    let given = rights();
    let sql = |text: &str| postgres.run_sql(&database.name, text);
    sql("CREATE ROLE other_w; CREATE ROLE other_r").expect("roles");
    let by_file = GRANTS
        .replace("nommer", "other_w")
        .replace("grepper", "other_r");
    sql(&format!("SET ROLE \"own-r\"; {by_file}")).expect("granted by the file");
    let of = |role: &str| -> Vec<String> {
        let all = rights().into_iter();
        let those = all.filter(|row| row.contains(&format!("|{role}|")));
        those.map(|row| row.replace(role, "")).collect()
    };
    assert_eq!(of("\"user\""), of("other_w"));
    assert_eq!(of("read_r"), of("other_r"));
    assert!(of("p_r").contains(&"recent_topics|||SELECT".to_owned()));
    assert_eq!(of("p_r"), of("q_r"));
    for (role, statement) in [
        ("p_r", "SELECT 1 FROM dead_letters"),
        ("q_r", "DELETE FROM messages"),
        ("\"user\"", "TRUNCATE counters"),
    ] {
        let error = sql(&format!("SET ROLE {role}; {statement}")).expect_err(statement);
        assert!(error.to_string().contains("permission denied"), "{error}");
    }
    sql("SET ROLE p_r; SELECT count(*) FROM messages; SELECT 1 FROM recent_topics").expect("read");
    for verb in [
        &["stats"][..],
        &["latest"],
        &["dump"],
        &["replay", "--exchange", "e", "--dry-run"],
    ] {
        let (code, said) = nommer(&as_role(&database, "p_r"), verb);
        assert_eq!(code, Some(0), "{verb:?}: {said}");
    }
    sql("DROP OWNED BY other_w, other_r").expect("dropped");
    sql(
        "GRANT ALL ON messages, messages_default TO p_r; GRANT DELETE ON users TO read_r;
         GRANT CREATE ON SCHEMA public TO \"user\", p_r;
         SET ROLE \"own-r\";
         ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT ALL ON TABLES TO \"user\", read_r, p_r;
         ALTER DEFAULT PRIVILEGES GRANT ALL ON TABLES TO p_r;
         ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT ALL ON SEQUENCES TO q_r",
    )
    .expect("granted more");
    roles();
    assert_eq!(rights(), given);
    let create = "SELECT name, has_schema_privilege(name, 'public', 'CREATE') FROM unnest('{user,p_r}'::text[]) AS name";
    assert_eq!(rows(postgres, &database.name, create), ["user|f", "p_r|f"]);
    let defaults = "SELECT DISTINCT grantee::regrole, privilege_type FROM pg_default_acl, aclexplode(defaclacl)
                    WHERE grantee <> defaclrole ORDER BY 2";
    let to_writer = ["\"user\"|INSERT", "\"user\"|SELECT"];
    assert_eq!(rows(postgres, &database.name, defaults), to_writer);
    let statistics = "SELECT pg_has_role('user', 'pg_read_all_stats', 'MEMBER')";
    assert_eq!(rows(postgres, &database.name, statistics), ["t"]);
    // What the owner makes from now on is the writer's, too.
    sql("SET ROLE \"own-r\"; SELECT messages_add_partition(2031)").expect("a partition");
    assert!(
        rights().contains(&"messages_y2031||\"user\"|INSERT".to_owned()),
        "{:?}",
        rights()
    );

    let grepper = Grepper::start(&as_role(&database, "read_r"), &[]);
    assert_eq!(grepper.get("/healthz/ready").status, 200);
}

#[test]
fn the_owner_is_told_what_only_a_superuser_may_do_and_who_may_not_at_all() {
    let postgres = devstack::shared_postgres().expect("a PostgreSQL server");
    let database = postgres.fresh_database().expect("a database");
    let sql = |text: &str| postgres.run_sql(&database.name, text).expect(text);
    sql("CREATE ROLE own_s LOGIN CREATEROLE; CREATE ROLE poor_s LOGIN; CREATE SCHEMA arch AUTHORIZATION own_s;
         ALTER ROLE own_s SET search_path TO arch");
    let owner = as_role(&database, "own_s");
    let (code, said) = nommer(&owner, &["migrate"]);
    assert_eq!(code, Some(0), "{said}");
    let names = [
        "--writer", "write_s", "--reader", "read_s", "--people", "people_s",
    ];
    let poor = as_role(&database, "poor_s") + "?options=-csearch_path%3Darch";
    let (code, said) = nommer(&poor, &[&["roles"], &names[..]].concat());
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("may be used by this role"), "{said}");
    sql("GRANT USAGE ON SCHEMA arch TO poor_s");
    let (code, said) = nommer(&poor, &[&["roles"], &names[..]].concat());
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("poor_s may not make roles"), "{said}");
    sql("REVOKE USAGE ON SCHEMA arch FROM poor_s");

    // What is shown does the same, and nothing is done by showing it.
    let (code, script) = nommer(&owner, &[&["roles", "--print"], &names[..]].concat());
    assert_eq!(code, Some(0), "{script}");
    let there = "SELECT count(*) FROM pg_roles WHERE rolname IN ('write_s', 'read_s', 'people_s')";
    assert_eq!(rows(postgres, &database.name, there), ["0"]);
    assert!(
        script.contains("GRANT pg_read_all_stats TO \"write_s\";"),
        "{script}"
    );

    let (code, said) = nommer(&owner, &[&["roles"], &names[..]].concat());
    assert_eq!(code, Some(0), "{said}");
    let told = "a superuser has to run: GRANT pg_read_all_stats TO \"write_s\";";
    assert!(said.contains(told), "{said}");
    let in_arch = RIGHTS.replace("'public'", "'arch'");
    let given = rows(postgres, &database.name, &in_arch);
    assert!(
        given.contains(&"messages||people_s|SELECT".to_owned()),
        "{given:?}"
    );
    sql("DROP OWNED BY write_s, read_s, people_s; DROP ROLE write_s, read_s, people_s");
    sql(&script);
    assert_eq!(rows(postgres, &database.name, &in_arch), given);

    for (wrong, told) in [
        (["--writer", "own_s"], "own_s is named twice"),
        (["--reader", "x'; DROP"], "is no name for a role"),
        (["--owner", "poor_s"], "the tables are those of own_s"),
    ] {
        let (code, said) = nommer(&owner, &[&["roles"], &wrong[..]].concat());
        assert_eq!(code, Some(2), "{said}");
        assert!(said.contains(told), "{told}: {said}");
    }
}

#[test]
fn tables_that_a_superuser_made_are_told_unless_asked_for() {
    let postgres = devstack::shared_postgres().expect("a PostgreSQL server");
    let database = postgres.fresh_database().expect("a database");
    let names = ["--writer", "write_h", "--reader", "read_h"];
    let (code, said) = nommer(&database.url, &["migrate"]);
    assert_eq!(code, Some(0), "{said}");
    for (owner, told) in [(&[][..], true), (&["--owner", "postgres"], false)] {
        let (code, said) = nommer(&database.url, &[&["roles"], &names[..], owner].concat());
        assert_eq!(code, Some(0), "{said}");
        let is_told = said.contains("those of postgres, a superuser");
        assert_eq!(is_told, told, "{said}");
    }
}
