//! From when on the broker drops messages of a queue.

use std::time::Duration;

use lapin::types::{AMQPValue, FieldTable};

/// What a queue may hold.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Limits {
    /// So many messages that are ready to be delivered.
    pub messages: Option<u64>,
    /// So many bytes of their bodies.
    pub bytes: Option<u64>,
    /// For so long each of them.
    pub age: Option<Duration>,
}

impl Limits {
    /// What the settings say of a queue.
    pub fn of_arguments(arguments: &FieldTable) -> Self {
        Self::of(|name| number(arguments.inner().get(format!("x-{name}").as_str())?))
    }

    /// By what stands under a name of policies.
    pub fn of(value: impl Fn(&str) -> Option<u64>) -> Self {
        Self {
            messages: value("max-length"),
            bytes: value("max-length-bytes"),
            age: value("message-ttl").map(Duration::from_millis),
        }
    }

    /// Where two speak of one queue, the broker goes by the narrower one.
    pub fn and(self, other: Self) -> Self {
        fn least<T: Ord>(one: Option<T>, other: Option<T>) -> Option<T> {
            one.into_iter().chain(other).min()
        }
        Self {
            messages: least(self.messages, other.messages),
            bytes: least(self.bytes, other.bytes),
            age: least(self.age, other.age),
        }
    }

    /// Whether there is none.
    pub fn are_none(self) -> bool {
        self == Self::default()
    }
}

/// A number as the settings make it.
fn number(value: &AMQPValue) -> Option<u64> {
    match value {
        AMQPValue::LongInt(number) => u64::try_from(*number).ok(),
        AMQPValue::LongLongInt(number) => u64::try_from(*number).ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_those_of_the_arguments_and_the_narrower_of_two() {
        let mut arguments = FieldTable::default();
        assert!(Limits::of_arguments(&arguments).are_none());
        arguments.insert("x-max-length".into(), AMQPValue::LongInt(100));
        arguments.insert("x-max-length-bytes".into(), AMQPValue::LongLongInt(1 << 40));
        arguments.insert("x-message-ttl".into(), AMQPValue::LongInt(60_000));
        let limits = Limits {
            messages: Some(100),
            bytes: Some(1 << 40),
            age: Some(Duration::from_secs(60)),
        };
        assert_eq!(Limits::of_arguments(&arguments), limits);
        let policy = Limits::of(|name| (name == "max-length-bytes").then_some(1 << 30));
        let both = Limits {
            bytes: Some(1 << 30),
            ..limits
        };
        assert_eq!((limits.and(policy), policy.and(limits)), (both, both));
    }
}
