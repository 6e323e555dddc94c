//! The broker's URL, with the defaults that the Python client has.

use lapin::uri::AMQPUri;

use crate::config::short;

/// The incumbent's default: everything by default.
pub const DEFAULT: &str = "amqp://?connection_attempts=3&retry_delay=5";

/// Parses the URL, which may name several servers: a URL for each, at least one. The error never repeats it, as it may
/// hold a password.
pub fn parse(text: &str) -> Result<Vec<AMQPUri>, String> {
    let servers = server(text);
    if !servers.contains(',') {
        return Ok(vec![of_one_server(text)?]);
    }
    let place = servers.as_ptr() as usize - text.as_ptr() as usize;
    let (before, behind) = (&text[..place], &text[place + servers.len()..]);
    let each = servers.split(',').map(|server| match server {
        "" => Err("the URL has a comma without a server beside it".to_owned()),
        server => of_one_server(&format!("{before}{server}{behind}")),
    });
    each.collect()
}

fn of_one_server(text: &str) -> Result<AMQPUri, String> {
    if !text.starts_with("amqp://") && !text.starts_with("amqps://") {
        return Err("the URL must begin with amqp:// or amqps://".to_owned());
    }
    if is_bare_ipv6(server(text)) {
        return Err("the URL must have an IPv6 address in brackets, such as [::1]:5672".to_owned());
    }
    let mut uri: AMQPUri = text
        .parse()
        .map_err(|error: String| format!("no valid URL: {error}"))?;
    // As in the Python client, a lone slash is no virtual host.
    if uri.vhost.is_empty() {
        uri.vhost = "/".to_owned();
    }
    short::check(&uri.vhost)
        .map_err(|reason| format!("the virtual host in the URL is {reason}"))?;
    if let Some(address) = ipv6_address(text) {
        uri.authority.host = address.to_owned();
    }
    Ok(uri)
}

/// The host if it is an IPv6 address, which the parser of the client library passes over.
fn ipv6_address(text: &str) -> Option<&str> {
    server(text)
        .strip_prefix('[')?
        .split_once(']')
        .map(|(address, _)| address)
}

/// Host and port, as they are written.
fn server(text: &str) -> &str {
    let (_, rest) = text.split_once("://").unwrap_or_default();
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    authority
        .rsplit_once('@')
        .map_or(authority, |(_, server)| server)
}

/// Whether this is an IPv6 address with a bracket too few.
fn is_bare_ipv6(server: &str) -> bool {
    let in_hex = |c: char| c.is_ascii_hexdigit() || matches!(c, ':' | '.');
    match server.strip_prefix('[') {
        Some(rest) => !rest.contains(']'),
        None => server.matches(':').count() > 1 && server.chars().all(in_hex),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &str) {
        let uri = of_one_server(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        let AMQPUri {
            scheme,
            authority: a,
            vhost,
            ..
        } = &uri;
        let found = format!(
            "{scheme} {}:{} {} {} {vhost}",
            a.userinfo.username, a.userinfo.password, a.host, a.port
        );
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn parts_have_defaults() {
        check(DEFAULT, "amqp guest:guest localhost 5672 /");
        check("amqp://", "amqp guest:guest localhost 5672 /");
        check("amqp://h", "amqp guest:guest h 5672 /");
        check("amqp://h/", "amqp guest:guest h 5672 /");
        check("amqps://h", "amqps guest:guest h 5671 /");
        check("amqp://127.0.0.1:5999", "amqp guest:guest 127.0.0.1 5999 /");
        check("amqp://u:p@[::1]:5999/v", "amqp u:p ::1 5999 v");
    }

    #[test]
    fn parts_are_percent_decoded() {
        check("amqp://u%40:p%2F@h:1/%2F", "amqp u@:p/ h 1 /");
        check(
            "amqps://fedora:@h/%2Fpublic_pubsub",
            "amqps fedora:guest h 5671 /public_pubsub",
        );
        check(
            "amqps://u:p@h/%2Fpubsub?heartbeat=10&connection_attempts=3&retry_delay=5",
            "amqps u:p h 5671 /pubsub",
        );
    }

    #[test]
    fn the_heartbeat_is_taken() {
        assert_eq!(
            of_one_server("amqp://h?heartbeat=7").map(|uri| uri.query.heartbeat),
            Ok(Some(7))
        );
        assert_eq!(
            of_one_server("amqp://h").map(|uri| uri.query.heartbeat),
            Ok(None)
        );
    }

    #[test]
    fn there_may_be_several_servers() {
        let servers = |text: &str| {
            let uris = parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
            let told = |uri: AMQPUri| {
                let AMQPUri {
                    authority, vhost, ..
                } = uri;
                let user = authority.userinfo.username;
                format!("{user}@{}:{}{vhost}", authority.host, authority.port)
            };
            uris.into_iter().map(told).collect::<Vec<_>>().join(" ")
        };
        for (text, expected) in [
            (
                "amqps://u:p,1@a,b:7,[::1]:8/%2Fv?heartbeat=9",
                "u@a:5671/v u@b:7/v u@::1:8/v",
            ),
            ("amqp://a,b:p@a,b/v", "a,b@a:5672v a,b@b:5672v"),
            ("amqp://a,a", "guest@a:5672/ guest@a:5672/"),
            ("amqp://amqp,b/v", "guest@amqp:5672v guest@b:5672v"),
            ("amqp://", "guest@localhost:5672/"),
        ] {
            assert_eq!(servers(text), expected, "{text}");
        }
        assert!(parse("amqp://a,,b").is_err());
        assert!(parse("amqp://a,b:port").is_err());
    }

    #[test]
    fn the_fault_is_named() {
        let long = format!("amqp://h/{}", "v".repeat(256));
        for (text, expected) in [
            ("", "must begin with amqp://"),
            ("h/v", "must begin with amqp://"),
            ("//h/v", "must begin with amqp://"),
            ("http://h/v", "must begin with amqp://"),
            ("amqp://::1", "in brackets"),
            ("amqp://u:p@::1:5672/v", "in brackets"),
            ("amqp://u:p@[::1/v", "in brackets"),
            (&long, "the virtual host in the URL is longer than 255"),
        ] {
            let error = parse(text).expect_err(text);
            assert!(error.contains(expected), "{text}: {error}");
        }
    }

    #[test]
    fn errors_do_not_tell_the_password() {
        for text in [
            "http://u:secret@h",
            "amqp:u:secret@h",
            "amqp://u:secret@h:port",
            "amqp://u:secret@h?heartbeat=x",
        ] {
            let error = parse(text).expect_err(text);
            assert!(!error.contains("secret"), "{error}");
        }
    }
}
