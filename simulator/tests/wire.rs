//! How a sample goes over the wire.

use lapin::types::AMQPValue;
use simulator::{Sample, messages};

fn sample(wanted: impl Fn(&Sample) -> bool) -> Sample {
    messages(1).find(wanted).expect("the stream is endless")
}

#[test]
fn properties_are_those_of_the_python_client() {
    let properties = sample(|sample| sample.priority == 0).properties();
    let text = |value: &Option<lapin::types::ShortString>| value.as_ref().map(ToString::to_string);
    assert_eq!(
        text(properties.content_type()).as_deref(),
        Some("application/json")
    );
    assert_eq!(
        text(properties.content_encoding()).as_deref(),
        Some("utf-8")
    );
    assert_eq!(properties.delivery_mode(), &Some(2));
    assert_eq!(properties.priority(), &None);
    assert_eq!(properties.timestamp(), &None);
}

#[test]
fn headers_have_the_types_of_the_python_client() {
    let sample = sample(|sample| !sample.users.is_empty() && !sample.packages.is_empty());
    let properties = sample.properties();
    let headers = properties
        .headers()
        .as_ref()
        .expect("there are headers")
        .inner();
    let header = |name: &str| {
        headers
            .get(name)
            .unwrap_or_else(|| panic!("{name} is missing"))
    };
    assert!(matches!(
        header("fedora_messaging_schema"),
        AMQPValue::LongString(_)
    ));
    assert!(matches!(
        header("fedora_messaging_severity"),
        AMQPValue::LongInt(10 | 20)
    ));
    assert!(matches!(header("priority"), AMQPValue::LongInt(_)));
    let AMQPValue::LongString(sent_at) = header("sent-at") else {
        panic!("sent-at is no string")
    };
    assert!(sent_at.to_string().ends_with("+00:00"), "{sent_at}");
    for (kind, names) in [("user", &sample.users), ("rpm", &sample.packages)] {
        for name in names {
            assert_eq!(
                header(&format!("fedora_messaging_{kind}_{name}")),
                &AMQPValue::Boolean(true)
            );
        }
    }
}

#[test]
fn bodies_are_ascii_json_objects() {
    for sample in messages(1).take(1000) {
        assert!(sample.body.is_ascii(), "{}", sample.topic);
        let body: serde_json::Value = serde_json::from_str(&sample.body).expect("the body is JSON");
        assert!(body.is_object());
    }
}
