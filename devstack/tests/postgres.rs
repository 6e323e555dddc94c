//! The private PostgreSQL server.

use anyhow::Result;
use devstack::{Postgres, PostgresOptions, StopMode, shared_postgres};

#[test]
fn accepts_connections_and_uses_the_options() -> Result<()> {
    let postgres = Postgres::start(PostgresOptions {
        fsync: true,
        time_zone: "Asia/Kathmandu".to_owned(),
        settings: vec![("work_mem".to_owned(), "5MB".to_owned())],
        ..PostgresOptions::default()
    })?;
    let show = |name| postgres.run_sql("postgres", &format!("SHOW {name}"));
    assert_eq!(show("fsync")?, "on");
    assert_eq!(show("TimeZone")?, "Asia/Kathmandu");
    assert_eq!(show("work_mem")?, "5MB");
    assert_eq!(show("server_encoding")?, "UTF8");
    assert_eq!(
        postgres.url("x"),
        format!("postgres://postgres@127.0.0.1:{}/x", postgres.port())
    );
    Ok(())
}

#[test]
fn two_at_once_share_nothing() -> Result<()> {
    let one = Postgres::start(PostgresOptions::default())?;
    let two = Postgres::start(PostgresOptions::default())?;
    assert_ne!(one.port(), two.port());
    one.create_database("only_in_one")?;
    assert!(two.run_sql("only_in_one", "SELECT 1").is_err());
    Ok(())
}

#[test]
fn data_and_port_survive_stops_of_both_modes() -> Result<()> {
    let mut postgres = Postgres::start(PostgresOptions::default())?;
    let url = postgres.admin_url();
    postgres.run_sql("postgres", "CREATE TABLE kept (number int)")?;
    for mode in [StopMode::Fast, StopMode::Immediate] {
        postgres.run_sql("postgres", "INSERT INTO kept VALUES (1)")?;
        postgres.stop(mode)?;
        assert_eq!(postgres.pid(), None);
        assert!(postgres.run_sql("postgres", "SELECT 1").is_err());
        postgres.start_again()?;
    }
    assert_eq!(
        postgres.run_sql("postgres", "SELECT count(*) FROM kept")?,
        "2"
    );
    assert_eq!(postgres.admin_url(), url);
    Ok(())
}

#[test]
fn databases_are_created_copied_and_dropped() -> Result<()> {
    let postgres = shared_postgres()?;
    let original = postgres.fresh_database()?;
    assert_ne!(original.name, postgres.fresh_database()?.name);
    assert_eq!(original.url, postgres.url(&original.name));
    postgres.run_sql(
        &original.name,
        "CREATE TABLE t (n int); INSERT INTO t VALUES (7)",
    )?;
    postgres.create_database_from("a \"copy\"", &original.name)?;
    postgres.drop_database(&original.name)?;
    assert!(postgres.run_sql(&original.name, "SELECT 1").is_err());
    let names = postgres.run_sql("postgres", "SELECT datname FROM pg_database")?;
    assert!(names.lines().any(|name| name == "a \"copy\""), "{names}");
    Ok(())
}

#[test]
fn dropping_it_removes_its_data_and_process() -> Result<()> {
    let postgres = Postgres::start(PostgresOptions::default())?;
    let data = postgres.data_dir().to_owned();
    let pid = postgres.pid().expect("it runs");
    drop(postgres);
    assert!(!data.parent().expect("data is in a folder").exists());
    assert!(!std::path::Path::new(&format!("/proc/{pid}")).exists());
    Ok(())
}
