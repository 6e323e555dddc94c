//! URLs as operators write them, and what is told of them.

use super::*;

fn libpq(url: &str) -> String {
    let text = Address::parse(url).expect(url).for_libpq(7);
    let own = text.split("tcp_user_timeout='15000' ").last().expect("one");
    own.replace("tcp_user_timeout='7'", "")
        .trim_end()
        .to_owned()
}

#[test]
fn urls_and_lists_are_understood_as_libpq_does() {
    for (url, expected) in [
        (
            "postgresql+psycopg2://u:p@h:5/d",
            "user='u' password='p' host='h' port='5' dbname='d'",
        ),
        ("postgres://h/d", "host='h' dbname='d'"),
        ("postgresql://", ""),
        (
            "postgresql:///d?host=/var/run",
            "dbname='d' host='/var/run'",
        ),
        ("postgresql://%2Frun%2Fpg/d", "host='/run/pg' dbname='d'"),
        (
            "postgresql://u@[::1]:5,h2/d",
            "user='u' host='::1,h2' port='5,' dbname='d'",
        ),
        (
            "postgresql://u:p%40%27%5C+s@h/d",
            r"user='u' password='p@\'\\+s' host='h' dbname='d'",
        ),
        (
            "postgresql://u:p@ss@h/d",
            "user='u' password='p@ss' host='h' dbname='d'",
        ),
        (
            "postgresql://h/d?ssl=true&options=-c%20x%3Dy",
            "host='h' dbname='d' sslmode='require' options='-c x=y'",
        ),
        ("host = h  dbname=d", "host='h' dbname='d'"),
        (
            r"password='a b\'c' host=\\h",
            r"password='a b\'c' host='\\h'",
        ),
    ] {
        assert_eq!(libpq(url), expected, "{url}");
    }
}

#[test]
fn a_unix_socket_is_told_from_tcp() {
    for (url, is_tcp) in [
        ("postgresql://h/d", true),
        ("postgresql://[::1]:5,h2/d", true),
        ("host=/run/pg hostaddr=127.0.0.1", true),
        ("postgresql:///d?host=/run/pg", false),
        ("postgresql://%40pg/d", false),
        ("postgresql://h,%2Frun%2Fpg/d", false),
        ("postgresql://h,/d", false),
        ("postgresql:///d", false),
    ] {
        assert_eq!(Address::parse(url).expect(url).is_tcp(), is_tcp, "{url}");
    }
}

#[test]
fn of_several_servers_the_one_that_takes_writes_is_meant() {
    for (url, target) in [
        ("postgresql://h,h2/d", Some("read-write")),
        ("hostaddr=::1,::2 dbname=d", Some("read-write")),
        (
            "postgresql://h,h2/d?target_session_attrs=primary",
            Some("primary"),
        ),
        ("postgresql://h/d", None),
        ("postgresql:///d", None),
    ] {
        let address = Address::parse(url).expect(url).for_writing();
        assert_eq!(address.get(TARGET), target, "{url}");
    }
}

#[test]
fn limits_are_those_of_the_operator_where_there_are() {
    let address =
        Address::parse("postgresql://h/d?keepalives_idle=99&tcp_user_timeout=9").expect("valid");
    assert_eq!(address.tcp_user_timeout(), 9);
    assert_eq!(
        address.for_libpq(10),
        "connect_timeout='5' keepalives_interval='5' keepalives_count='3' host='h' dbname='d' \
         keepalives_idle='99' tcp_user_timeout='9' tcp_user_timeout='10'"
    );
}

#[test]
fn several_servers_have_less_time_each_and_those_before_the_last_are_waited_for() {
    for (url, each, before) in [
        ("postgresql://h/d", 5, 0),
        ("postgresql:///d", 5, 0),
        ("postgresql://h,h2/d", 2, 2),
        ("postgresql://h,h2,h3:5/d", 2, 4),
        ("hostaddr=::1,::2 dbname=d", 2, 2),
        ("postgresql://h/d?connect_timeout=9", 9, 0),
        ("postgresql://h,h2/d?connect_timeout=9", 9, 9),
    ] {
        let address = Address::parse(url).expect(url);
        let said = address.for_libpq(7);
        assert!(
            said.contains(&format!("connect_timeout='{each}' ")),
            "{said}"
        );
        assert_eq!(address.time_before_the_last().as_secs(), before, "{url}");
    }
}

/// Every text that may end in a log or at an operator's terminal.
fn told(url: &str) -> String {
    match Address::parse(url) {
        Ok(address) => format!("{address} {address:?} {}", redact(url)),
        Err(error) => format!("{error} {error:?} {}", redact(url)),
    }
}

#[test]
fn no_part_of_a_password_is_told() {
    for url in [
        "postgresql://u:s3cret@h/d",
        "postgresql://u@h/d?password=s3cret",
        "postgresql://u@h/d?sslpassword=s3cret",
        "postgresql://u:p@s3cret@h/d",
        "postgresql://u:p/s3cret@h/d",
        "postgresql://u:1/s3cret@h/d",
        "postgresql://u:p?s3cret@h/d",
        "postgresql://u:p?s3cret=1@h/d",
        "postgresql://u:1?s3cret%zz=1@h/d",
        "postgresql://u:p#s3cret@h/d",
        "postgresql://u:s3cret%zzpw@h/d",
        "postgresql://u:%ff@s3cret@h/d",
        "postgresql://u:[s3cret/x@h:y/d",
        "postgresql://u:s3cret",
        "postgresql://h:s3cret/d",
        "http://u:s3cret@h/d",
        "host=h password=s3cret",
        "host=h password='x s3cret' port=x",
        "host=h password=x s3cret=y",
        "host=h password='s3cret",
        "host=h port=s3cret",
        "s3cret",
    ] {
        let told = told(url);
        assert!(!told.contains("s3cret"), "{told}");
    }
    let address = Address::parse("postgresql://u:s3cret@h:7/d").expect("valid");
    assert_eq!(address.to_string(), "postgresql://u@h:7/d");
    assert_eq!(address.without_secrets("a \"s3cret\" b"), "a \"***\" b");
}

#[test]
fn the_fault_is_named() {
    const BRACKETS: &str = "must have an IPv6 address in brackets, such as [::1] or [::1]:5432";
    for (url, expected) in [
        ("x", "must begin with postgresql://"),
        ("mysql://h/d", "must begin with postgresql://"),
        (
            "postgresql://h:65536/d",
            "must have a number from 1 to 65535 as port",
        ),
        (
            "postgresql://u:%zz@h/d",
            "has a % in its password that is no percent-encoding: write %25",
        ),
        (
            "postgresql://h/d?connect_timeout=soon",
            "must have a whole number as connect_timeout",
        ),
        (
            "postgresql://u:7/x@h/d",
            "has an @ in its dbname: percent-encode it",
        ),
        ("host", "must begin with postgresql://"),
        ("", "must begin with postgresql://"),
        ("//h/d", "must begin with postgresql://"),
        ("postgresql://::1/d", BRACKETS),
        ("postgresql://u:p@::1:5432/d", BRACKETS),
        ("postgresql://[::1/d", BRACKETS),
        ("postgresql://[::1]5432/d", BRACKETS),
        ("postgresql://h,[::1/d", BRACKETS),
    ] {
        let error = Address::parse(url).expect_err(url).to_string();
        assert_eq!(error, format!("the database URL {expected}"), "{url}");
    }
}

#[test]
fn each_host_is_shown_with_its_port_and_version_6_in_brackets() {
    for (url, shown) in [
        ("postgresql://u:p@[::1]:5/d", "postgresql://u@[::1]:5/d"),
        ("postgresql://u@[::1]:5,h2/d", "postgresql://u@[::1]:5,h2/d"),
        ("postgresql://u@a:1,b:2/d", "postgresql://u@a:1,b:2/d"),
        ("host=a,b port=5", "postgresql://a:5,b:5"),
        ("host=fe80::2 dbname=d", "postgresql://[fe80::2]/d"),
        ("postgresql://127.0.0.1:5/d", "postgresql://127.0.0.1:5/d"),
    ] {
        assert_eq!(Address::parse(url).expect(url).to_string(), shown);
    }
}

#[test]
fn servers_are_known_one_by_one_where_one_must_take_writes() {
    let each = |url| -> Vec<String> {
        let address = Address::parse(url).expect(url).for_writing();
        let each = address.each_server().into_iter();
        each.map(|address| {
            assert!(!address.is_chosen_by_writing());
            address.to_string()
        })
        .collect()
    };
    assert!(each("postgresql://a/d").is_empty());
    assert!(each("host=a,b,c port=5 target_session_attrs=any").is_empty());
    let three = [
        "postgresql://u@a:1/d",
        "postgresql://u@b:2/d",
        "postgresql://u@c:3/d",
    ];
    assert_eq!(each("postgresql://u@a:1,b:2,c:3/d"), three);
    assert_eq!(
        each("host=a,b port=5"),
        ["postgresql://a:5", "postgresql://b:5"]
    );
    assert!(
        Address::parse("postgresql://a,b/d")
            .expect("one")
            .each_server()
            .is_empty()
    );
}
