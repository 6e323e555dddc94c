//! JSON that is cheap to make up: names are not copied, and a value within another is shared.

use std::borrow::Cow;
use std::ops::{Index, IndexMut};
use std::rc::Rc;

use serde::{Serialize, Serializer};

/// A JSON value. What is within it stays shared until it is changed.
#[derive(Clone, Debug)]
pub(crate) enum Value {
    Null,
    Bool(bool),
    Integer(i64),
    Float(f64),
    Text(Rc<str>),
    Array(Rc<Vec<Value>>),
    Object(Rc<Vec<Member>>),
}

/// A name and its value.
pub(crate) type Member = (Cow<'static, str>, Value);

/// As `serde_json::json!`, for [`Value`].
macro_rules! json {
    (@object $members:ident) => {};
    (@object $members:ident $name:tt : null $(, $($rest:tt)*)?) => {
        $members.push(($name.into(), $crate::json::Value::Null));
        json!(@object $members $($($rest)*)?);
    };
    (@object $members:ident $name:tt : [ $($value:tt)* ] $(, $($rest:tt)*)?) => {
        $members.push(($name.into(), json!([ $($value)* ])));
        json!(@object $members $($($rest)*)?);
    };
    (@object $members:ident $name:tt : { $($value:tt)* } $(, $($rest:tt)*)?) => {
        $members.push(($name.into(), json!({ $($value)* })));
        json!(@object $members $($($rest)*)?);
    };
    (@object $members:ident $name:tt : $value:expr $(, $($rest:tt)*)?) => {
        $members.push(($name.into(), $crate::json::Json::to_json(&$value)));
        json!(@object $members $($($rest)*)?);
    };
    (@array $items:ident) => {};
    (@array $items:ident null $(, $($rest:tt)*)?) => {
        $items.push($crate::json::Value::Null);
        json!(@array $items $($($rest)*)?);
    };
    (@array $items:ident [ $($value:tt)* ] $(, $($rest:tt)*)?) => {
        $items.push(json!([ $($value)* ]));
        json!(@array $items $($($rest)*)?);
    };
    (@array $items:ident { $($value:tt)* } $(, $($rest:tt)*)?) => {
        $items.push(json!({ $($value)* }));
        json!(@array $items $($($rest)*)?);
    };
    (@array $items:ident $value:expr $(, $($rest:tt)*)?) => {
        $items.push($crate::json::Json::to_json(&$value));
        json!(@array $items $($($rest)*)?);
    };
    ([ $($items:tt)* ]) => {{
        #[allow(unused_mut, clippy::vec_init_then_push, reason = "a list may be empty")]
        let items = { let mut items: Vec<$crate::json::Value> = Vec::new(); json!(@array items $($items)*); items };
        $crate::json::Value::from(items)
    }};
    ({ $($members:tt)* }) => {{
        #[allow(unused_mut, clippy::vec_init_then_push, reason = "a list may be empty")]
        let members = { let mut members: Vec<$crate::json::Member> = Vec::new(); json!(@object members $($members)*); members };
        $crate::json::Value::Object(members.into())
    }};
}
pub(crate) use json;

impl Value {
    pub(crate) fn as_str(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }
}

impl<N: AsRef<str>> Index<N> for Value {
    type Output = Value;

    fn index(&self, name: N) -> &Value {
        let Self::Object(members) = self else {
            return &Value::Null;
        };
        members
            .iter()
            .find(|(known, _)| known == name.as_ref())
            .map_or(&Value::Null, |(_, value)| value)
    }
}

impl<N: AsRef<str> + Into<Cow<'static, str>>> IndexMut<N> for Value {
    fn index_mut(&mut self, name: N) -> &mut Value {
        if !matches!(self, Self::Object(_)) {
            *self = Self::Object(Rc::default());
        }
        let Self::Object(members) = self else {
            unreachable!("it is an object now")
        };
        let members = Rc::make_mut(members);
        let known = members.iter().position(|(known, _)| known == name.as_ref());
        let place = known.unwrap_or_else(|| {
            members.push((name.into(), Value::Null));
            members.len() - 1
        });
        &mut members[place].1
    }
}

impl PartialEq<&str> for Value {
    fn eq(&self, text: &&str) -> bool {
        self.as_str() == Some(text)
    }
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Bool(flag) => serializer.serialize_bool(*flag),
            Self::Integer(number) => serializer.serialize_i64(*number),
            Self::Float(number) => serializer.serialize_f64(*number),
            Self::Text(text) => serializer.serialize_str(text),
            Self::Array(items) => serializer.collect_seq(items.iter()),
            Self::Object(members) => {
                serializer.collect_map(members.iter().map(|(name, value)| (name, value)))
            }
        }
    }
}

/// What has a JSON form.
pub(crate) trait Json {
    fn to_json(&self) -> Value;
}

macro_rules! conversions {
    ($($type:ty),*) => {$(
        impl From<$type> for Value {
            fn from(value: $type) -> Self {
                value.to_json()
            }
        }
    )*};
}
conversions!(&str, String, bool, u64, i32, usize, Option<Value>);

impl From<Vec<Value>> for Value {
    fn from(items: Vec<Value>) -> Self {
        Self::Array(items.into())
    }
}

macro_rules! integers {
    ($($type:ty),*) => {$(
        impl Json for $type {
            fn to_json(&self) -> Value {
                Value::Integer(*self as i64)
            }
        }
    )*};
}
integers!(u32, u64, usize, i32, i64);

impl Json for bool {
    fn to_json(&self) -> Value {
        Value::Bool(*self)
    }
}

impl Json for f64 {
    fn to_json(&self) -> Value {
        Value::Float(*self)
    }
}

impl Json for str {
    fn to_json(&self) -> Value {
        Value::Text(self.into())
    }
}

impl Json for String {
    fn to_json(&self) -> Value {
        self.as_str().to_json()
    }
}

impl<T: Json + ?Sized> Json for &T {
    fn to_json(&self) -> Value {
        (**self).to_json()
    }
}

impl<T: Json> Json for Option<T> {
    fn to_json(&self) -> Value {
        self.as_ref().map_or(Value::Null, Json::to_json)
    }
}

impl<T: Json> Json for [T] {
    fn to_json(&self) -> Value {
        self.iter().map(Json::to_json).collect::<Vec<_>>().into()
    }
}

impl<T: Json, const N: usize> Json for [T; N] {
    fn to_json(&self) -> Value {
        self.as_slice().to_json()
    }
}

impl<T: Json> Json for Vec<T> {
    fn to_json(&self) -> Value {
        self.as_slice().to_json()
    }
}

impl Json for Value {
    fn to_json(&self) -> Value {
        self.clone()
    }
}
