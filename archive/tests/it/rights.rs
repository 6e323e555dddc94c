//! What runs with the owner's rights does only what it is for.

use std::collections::BTreeSet;

use archive::{PageRequest, Reader, Search, Upkeep, Writer};

use crate::support::{at, empty, letter, message, migrated, wrong};

#[test]
fn functions_with_the_owners_rights_look_into_the_schema_of_the_tables_and_last_into_pg_temp() {
    let fixture = migrated();
    let others = fixture.sql(
        "SELECT oid::regprocedure, proconfig FROM pg_proc
         WHERE prosecdef AND pronamespace = 'public'::regnamespace
           AND NOT coalesce(proconfig, '{}') @> ARRAY['search_path=public, pg_temp']",
    );
    assert_eq!(others, "");
    let all = "SELECT string_agg(proname, ' ' ORDER BY proname) FROM pg_proc
               WHERE prosecdef AND pronamespace = 'public'::regnamespace";
    assert_eq!(
        fixture.sql(all),
        "counters_note_association counters_note_components counters_note_merged counters_note_messages counters_stay messages_carry messages_forget messages_forget_class ties_need_messages"
    );
}

#[test]
fn the_tables_may_be_in_any_schema() {
    let mut fixture = empty();
    fixture.sql("CREATE SCHEMA \"Archive\"");
    let separator = if fixture.options.url.contains('?') {
        '&'
    } else {
        '?'
    };
    fixture.options.url += &format!("{separator}options=-csearch_path%3D%22Archive%22");
    archive::migration::apply(&fixture.options).expect("migrated");
    fixture.writer = Writer::new(&fixture.options);
    fixture.upkeep = Upkeep::new(&fixture.options);
    fixture.store([message("a")]);
    assert_eq!(wrong(&fixture), []);
    let paths = "SELECT DISTINCT proconfig[1] FROM pg_proc WHERE prosecdef AND pronamespace = '\"Archive\"'::regnamespace";
    assert_eq!(fixture.sql(paths), "search_path=\"Archive\", pg_temp");
}

/// A role that may write gets a trigger of its own run by nobody but itself.
#[test]
fn a_writers_temporary_tables_are_not_taken_for_ours() {
    let fixture = migrated();
    let role = format!("writer_of_{}", fixture.database.name);
    fixture.sql(&format!(
        "CREATE ROLE {role};
         GRANT USAGE ON SCHEMA public TO {role};
         GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role};
         GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {role}"
    ));
    fixture.sql(&format!(
        "SET SESSION AUTHORIZATION {role};
         CREATE TEMP TABLE counter_changes (kind text, name text, category text, at timestamp, change bigint);
         CREATE TEMP TABLE users_messages (user_id integer, msg_id bigint, msg_timestamp timestamp);
         CREATE FUNCTION pg_temp.f() RETURNS trigger LANGUAGE plpgsql AS
             $$ BEGIN EXECUTE 'ALTER ROLE {role} SUPERUSER'; RETURN new; END $$;
         CREATE TRIGGER t BEFORE INSERT ON counter_changes FOR EACH ROW EXECUTE FUNCTION pg_temp.f();
         INSERT INTO messages (msg_id, i, topic, \"timestamp\", category, msg) VALUES ('x', 0, 't', '2026-11-25', 'c', '{{}}');
         UPDATE messages SET \"timestamp\" = '2026-11-24';
         DELETE FROM messages"
    ));
    let is_superuser = format!("SELECT rolsuper FROM pg_roles WHERE rolname = '{role}'");
    assert_eq!(fixture.sql(&is_superuser), "f");
    assert_ne!(fixture.sql("SELECT count(*) FROM counter_changes"), "0");
    assert_eq!(wrong(&fixture), []);
}

/// An upgrade asks nobody to grant anew before the programs go on.
#[test]
fn roles_of_before_a_migration_go_on_after_it_without_new_grants() {
    let fixture = migrated();
    let newer = fixture
        .sql("SELECT count(*) FROM __diesel_schema_migrations WHERE version > '20261122'")
        .parse()
        .expect("a number");
    archive::migration::revert(&fixture.options, newer).expect("rolled back");
    let name = &fixture.database.name;
    let (writer, reader) = (
        format!("old_writer_of_{name}"),
        format!("old_reader_of_{name}"),
    );
    fixture.sql(&format!(
        "CREATE ROLE {writer}; CREATE ROLE {reader};
         GRANT USAGE ON SCHEMA public TO {writer}, {reader};
         GRANT SELECT, INSERT ON ALL TABLES IN SCHEMA public TO {writer};
         GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {writer};
         GRANT UPDATE ON dead_letters, counters TO {writer};
         GRANT DELETE ON counter_changes TO {writer};
         GRANT SELECT ON ALL TABLES IN SCHEMA public TO {reader}"
    ));
    archive::migration::apply(&fixture.options).expect("migrated");
    let of = |role: &str| {
        let mut options = fixture.options.clone();
        options.url += if options.url.contains('?') { "&" } else { "?" };
        options.url += &format!("options=-crole%3D{role}");
        options
    };
    let (writes, keeps) = (Writer::new(&of(&writer)), Upkeep::new(&of(&writer)));
    let mut new = message("a");
    new.users = vec!["alice".to_owned()];
    writes.store(&mut [new.clone()]).expect("stored");
    writes.store(&mut [new]).expect("a duplicate");
    writes.put_aside(&[letter(b"no JSON")]).expect("put aside");
    assert_ne!(keeps.fold_counters().expect("folded"), 0);
    keeps.index_counters(at(0)).expect("indexed");
    // The program before takes notes like this.
    fixture.sql("INSERT INTO messages (i, topic, \"timestamp\", category, msg) VALUES (0, 't', '2026-11-25', 'c', '{}')");
    fixture.sql(&format!(
        "SET ROLE {writer}; BEGIN; DELETE FROM counter_changes RETURNING kind, name, category, at, change;
         INSERT INTO counter_horizon (cluster, past, open, settled, settled_at)
             SELECT system_identifier, pg_snapshot_xmax(pg_current_snapshot()), '{{}}', pg_current_xact_id(), now()
             FROM pg_control_system();
         ROLLBACK"
    ));
    let page = PageRequest { number: 1, size: 1 };
    let page = Reader::new(&of(&reader))
        .search(&Search::default(), page)
        .expect("found");
    assert_eq!(page.total, 2);
}

/// Each of the two files can be run by itself, so each has the list.
#[test]
fn the_files_of_rights_take_back_all_that_a_role_may_have_been_given() {
    let fixture = migrated();
    let all = fixture.sql(
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace
           AND relkind IN ('r', 'p', 'v', 'm', 'S') AND NOT relispartition",
    );
    assert!(all.lines().count() > 15, "{all}");
    for file in [
        include_str!("../../../docs/grants.sql"),
        include_str!("../../../docs/grants-people.sql"),
    ] {
        let lists = file.split("REVOKE ALL ON ").skip(1);
        let named: BTreeSet<&str> = lists
            .filter_map(|rest| rest.split_once("FROM"))
            .flat_map(|(list, _)| list.split([' ', ',', '\n']))
            .collect();
        let missing: Vec<&str> = all.lines().filter(|name| !named.contains(name)).collect();
        assert!(missing.is_empty(), "{missing:?}\n{file}");
    }
}

#[test]
fn nothing_is_stored_uncounted_where_a_role_has_its_triggers_sleep() {
    let mut fixture = migrated();
    let role = format!("sleeper_of_{}", fixture.database.name);
    fixture.sql(&format!(
        "CREATE ROLE {role} LOGIN;
         GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role};
         GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {role}"
    ));
    let (_, place) = fixture.options.url.rsplit_once('@').expect("a user");
    let own = format!("postgres://{role}@{place}");
    let superusers = std::mem::replace(&mut fixture.options.url, own);
    let store = |options: &archive::ConnectionOptions, id: &str| {
        let mut batch = [message(id)];
        let stored = Writer::new(options).store(&mut batch);
        stored.map(|_| ()).map_err(|error| {
            let cause = std::error::Error::source(&error).map(ToString::to_string);
            cause.unwrap_or_default()
        })
    };
    fixture.options.checkout_timeout = std::time::Duration::from_secs(1);
    store(&fixture.options, "a").expect("stored");
    fixture.sql(&format!(
        "ALTER ROLE {role} SET session_replication_role = replica; ALTER DATABASE {} SET session_replication_role = replica",
        fixture.database.name
    ));
    let refusal = store(&fixture.options, "b").expect_err("not counted");
    assert!(refusal.contains("session_replication_role"), "{refusal}");
    // Who may set it does, and what only reads is not concerned.
    fixture.options.url = superusers;
    store(&fixture.options, "c").expect("stored");
    assert_eq!(wrong(&fixture), []);
    fixture.sql(&format!("DROP OWNED BY {role}; DROP ROLE {role}"));
}
