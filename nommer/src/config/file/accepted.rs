//! Whether the table of keys has all that the parser accepts, and what it says of them is so.

use std::collections::BTreeSet;

use serde::de::value::Error;
use serde::de::{DeserializeOwned, Deserializer, Error as _, Visitor};
use serde::forward_to_deserialize_any;

use super::*;
use crate::config::keys::{SECTIONS, Section};

/// Notes which fields a type asks for, and gives it none.
struct AskedFor(BTreeSet<&'static str>);

impl<'de> Deserializer<'de> for &mut AskedFor {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Error> {
        Err(Error::custom("a struct is expected"))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, Error> {
        self.0 = fields.iter().copied().collect();
        Err(Error::custom("noted"))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}

fn fields<T: DeserializeOwned>() -> BTreeSet<&'static str> {
    let mut asked = AskedFor(BTreeSet::new());
    assert!(T::deserialize(&mut asked).is_err());
    asked.0
}

fn section(name: &str) -> &'static Section {
    let found = SECTIONS.iter().find(|section| section.name == name);
    found.unwrap_or_else(|| panic!("{name}"))
}

#[test]
fn every_key_is_in_the_table_and_no_other() {
    for (name, accepted) in [
        ("[tls]", fields::<Tls>()),
        ("[queues.NAME]", fields::<QueueTable>()),
        ("[[bindings]]", fields::<BindingTable>()),
        ("[qos]", fields::<Qos>()),
        ("[monitoring]", fields::<Monitoring>()),
        ("[consumer_config]", fields::<ConsumerConfig>()),
    ] {
        let told: BTreeSet<_> = section(name).keys.iter().map(|key| key.name).collect();
        assert_eq!(told, accepted, "{name}");
    }
    let tables = SECTIONS.iter().filter(|section| !section.name.is_empty());
    let tables = tables.filter_map(|table| table.name.trim_matches(['[', ']']).split('.').next());
    let keys = section("").keys.iter().map(|key| key.name);
    let told: BTreeSet<_> = keys.chain(tables).collect();
    assert_eq!(told, fields::<File>());
}

#[test]
fn numbers_have_the_limits_and_defaults_that_are_told() {
    let resolve = |text: &str| {
        let file = File::parse(text).expect(text);
        file.resolve(&Environment::default())
            .map(|config| config.to_string())
    };
    let usual = resolve("").expect("usual settings");
    let mut numbers = 0;
    for table in &SECTIONS {
        for key in table.keys {
            let Some(limits) = &key.limits else { continue };
            let with = |value: i64| resolve(&format!("{}\n{} = {value}", table.name, key.name));
            for value in [limits.start() - 1, limits.end() + 1] {
                let fault = with(value).expect_err(key.name).to_string();
                assert!(fault.contains(key.name), "{fault}");
            }
            for value in [*limits.start(), *limits.end()] {
                assert!(with(value).is_ok(), "{} = {value}", key.name);
            }
            if let Ok(default) = key.default.parse() {
                assert_eq!(with(default).expect(key.name), usual, "{}", key.name);
            }
            numbers += 1;
        }
    }
    assert!(numbers >= 9, "{numbers}");
}
