//! `/v2/pulse` tells how lively the archive is.

use archive::{Body, ConnectionOptions, Identity, NewMessage, Writer};
use chrono::{SubsecRound as _, TimeDelta, Utc};

use crate::support::http::request;
use crate::support::programs::{Grepper, migrate};

fn sent(ago: i64, category: &str) -> NewMessage {
    NewMessage {
        msg_id: format!("pulse-{ago}"),
        identity: Identity::IdAndTime,
        topic: format!("org.zoo.prod.{category}.fed"),
        timestamp: Utc::now().naive_utc().trunc_subsecs(0) - TimeDelta::seconds(ago),
        category: category.to_owned(),
        agent_name: None,
        body: Body::parse("{}").expect("a body"),
        headers: Some(serde_json::Map::new()),
        legacy: None,
        users: Vec::new(),
        packages: Vec::new(),
        subjects: archive::Subjects::default(),
    }
}

#[test]
fn it_tells_of_the_last_hour_and_of_what_one_may_see() {
    let database = devstack::shared_postgres()
        .and_then(devstack::Postgres::fresh_database)
        .expect("a database");
    migrate(&database.url);
    let token = "EH3nT0lQ7mWb2xZs9kVd";
    let arguments = ["--hidden-categories", "secret"];
    let grepper = Grepper::start_with(&database.url, &arguments, &[("GREPPER_TOKENS", token)]);
    let empty = grepper.get("/v2/pulse");
    assert_eq!(empty.header("cache-control"), Some("private, max-age=5"));
    assert_eq!(
        empty.body,
        r#"{"newest": null, "age": null, "last_hour": 0}"#
    );

    let writer = Writer::new(&ConnectionOptions {
        url: database.url.clone(),
        application_name: "test",
        pool_size: 1,
        checkout_timeout: std::time::Duration::from_secs(10),
        statement_timeout: None,
        read_only: false,
    });
    let mut batch = vec![
        sent(-3000, "lion"),
        sent(20, "secret"),
        sent(600, "lion"),
        sent(1200, "lion"),
        sent(7200, "lion"),
    ];
    writer.store(&mut batch).expect("stored");
    let again = grepper.get("/v2/pulse").body;
    assert_eq!(again, empty.body, "it is told again for some seconds");

    let grepper = Grepper::start_with(&database.url, &arguments, &[("GREPPER_TOKENS", token)]);
    let url = format!("{}/v2/pulse", grepper.authority);
    for (authorization, age, last_hour) in [(None, 600.0, 2), (Some(token), 20.0, 3)] {
        let bearer = authorization.map(|token| format!("Bearer {token}"));
        let headers = bearer.iter().map(|text| ("Authorization", text.as_str()));
        let told = request("GET", &url, &headers.collect::<Vec<_>>()).json();
        assert_eq!(told["last_hour"], last_hour, "{told}");
        let found = told["age"].as_f64().expect("an age");
        assert!((age..age + 60.0).contains(&found), "{told}");
        assert!(
            told["newest"]
                .as_str()
                .is_some_and(|text| text.ends_with("+00:00"))
        );
    }
}
