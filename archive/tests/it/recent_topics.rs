//! The view of the topics of the last year.

use archive::{ConnectionOptions, StoreError, Upkeep};
use chrono::{TimeDelta, Utc};

use crate::support::{message, migrated};

const VIEW: &str = "SELECT topic, message_count FROM recent_topics ORDER BY topic";

#[test]
fn the_view_is_as_fresh_as_its_last_refresh() {
    let fixture = migrated();
    let now = Utc::now().naive_utc();
    let mut messages = [message("new"), message("newer"), message("old")];
    messages[0].timestamp = now - TimeDelta::days(1);
    messages[1].timestamp = now;
    messages[2].timestamp = now - TimeDelta::days(400);
    fixture.store(messages);
    assert_eq!(fixture.sql(VIEW), "");
    assert!(fixture.upkeep.refresh_recent_topics().expect("refreshed"));
    assert_eq!(
        fixture.sql(VIEW),
        "org.fedoraproject.prod.wiki.article.edit|2"
    );
}

#[test]
fn only_the_owner_of_the_view_may_refresh_it() {
    let fixture = migrated();
    fixture.sql(
        "DROP ROLE IF EXISTS not_owner; CREATE ROLE not_owner;
         GRANT SELECT ON ALL TABLES IN SCHEMA public TO not_owner",
    );
    let separator = if fixture.options.url.contains('?') {
        '&'
    } else {
        '?'
    };
    let upkeep = Upkeep::new(&ConnectionOptions {
        url: format!(
            "{}{separator}options=-c%20role%3Dnot_owner",
            fixture.options.url
        ),
        ..fixture.options.clone()
    });
    let answer = upkeep.refresh_recent_topics();
    assert!(matches!(answer, Err(StoreError::Refused(_))), "{answer:?}");
    fixture.sql("DROP OWNED BY not_owner; DROP ROLE not_owner");
}
