//! What runs with the owner's rights does only what it is for.

use archive::{Upkeep, Writer};

use crate::support::{empty, message, migrated, wrong};

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
        "counters_note_association counters_note_merged counters_note_messages messages_carry messages_forget ties_need_messages"
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
