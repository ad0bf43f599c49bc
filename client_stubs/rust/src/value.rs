//! The values that sessions and handshakes are made of.

use std::collections::BTreeMap;

use bytes::Bytes;
use prost_types::value::Kind;
use prost_types::{ListValue, Struct};

use crate::error::{Error, Result};

/// Names and values: a session, or a part of one.
pub type Map = BTreeMap<String, Value>;

const EXACT: i64 = 1 << 53;

/// A value in a session.
///
/// ```
/// use gatewayworker::{Map, Value};
///
/// let session: Map = [("name".into(), "Ann".into()), ("age".into(), 41.into()), ("tags".into(), vec!["a", "b"].into())].into();
/// assert_eq!(session["name"].as_str(), Some("Ann"));
/// assert_eq!(session["age"], Value::Integer(41));
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Value {
    /// Nothing.
    #[default]
    Null,
    /// True or false.
    Bool(bool),
    /// An integer. One outside of ±2^53 is refused when it is sent: the API's Struct would bend it. Stored bytes can hold it.
    Integer(i64),
    /// A number with a fraction. One that is not finite is refused when it is sent.
    Float(f64),
    /// Text.
    Text(String),
    /// Bytes: refused when they are sent, for a Struct has none. Stored bytes can hold them.
    Bytes(Bytes),
    /// A list.
    List(Vec<Value>),
    /// A map.
    Map(Map),
}

impl Value {
    /// The text, if it is one.
    pub fn as_str(&self) -> Option<&str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }

    /// True or false, if it is that.
    pub fn as_bool(&self) -> Option<bool> {
        if let Self::Bool(value) = self { Some(*value) } else { None }
    }

    /// The integer, if it is one.
    pub fn as_i64(&self) -> Option<i64> {
        if let Self::Integer(number) = self { Some(*number) } else { None }
    }

    /// The number, with a fraction or without.
    pub fn as_f64(&self) -> Option<f64> {
        match self {
            Self::Integer(number) => Some(*number as f64),
            Self::Float(number) => Some(*number),
            _ => None,
        }
    }

    /// The elements, if it is a list.
    pub fn as_list(&self) -> Option<&[Value]> {
        if let Self::List(list) = self { Some(list) } else { None }
    }

    /// The map, if it is one.
    pub fn as_map(&self) -> Option<&Map> {
        if let Self::Map(map) = self { Some(map) } else { None }
    }
}

macro_rules! from {
    ($($type:ty => |$value:ident| $made:expr;)*) => {
        $(impl From<$type> for Value {
            fn from($value: $type) -> Self {
                $made
            }
        })*
    };
}

from! {
    bool => |value| Self::Bool(value);
    i64 => |value| Self::Integer(value);
    i32 => |value| Self::Integer(value.into());
    u32 => |value| Self::Integer(value.into());
    f64 => |value| Self::Float(value);
    &str => |value| Self::Text(value.to_owned());
    String => |value| Self::Text(value);
    &String => |value| Self::Text(value.clone());
    Bytes => |value| Self::Bytes(value);
    Map => |value| Self::Map(value);
}

impl<T: Into<Value>> From<Vec<T>> for Value {
    fn from(values: Vec<T>) -> Self {
        Self::List(values.into_iter().map(Into::into).collect())
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// A Struct of it, or what it cannot hold, with where that is.
pub(crate) fn to_struct(map: Map, place: &str) -> Result<Struct> {
    let fields = map.into_iter().map(|(name, value)| {
        let value = to_proto(value, &format!("{place}[{name:?}]"))?;
        Ok((name, value))
    });
    Ok(Struct { fields: fields.collect::<Result<_>>()? })
}

fn to_proto(value: Value, place: &str) -> Result<prost_types::Value> {
    let refuse =
        |what: &str, advice: &str| Err(Error::invalid("session", format_args!("has {what} at {place}{advice}")));
    const STORED: &str = ": give the session as its stored bytes";
    let kind = match value {
        Value::Null => Kind::NullValue(0),
        Value::Bool(value) => Kind::BoolValue(value),
        Value::Integer(number) if !(-EXACT..=EXACT).contains(&number) => {
            return refuse("an integer outside ±2^53", STORED);
        }
        Value::Integer(number) => Kind::NumberValue(number as f64),
        Value::Float(number) if !number.is_finite() => return refuse("a number that is not finite", ""),
        Value::Float(number) => Kind::NumberValue(number),
        Value::Text(text) => Kind::StringValue(text),
        Value::Bytes(_) => return refuse("bytes", STORED),
        Value::List(list) => {
            let values = list.into_iter().enumerate().map(|(at, element)| to_proto(element, &format!("{place}[{at}]")));
            Kind::ListValue(ListValue { values: values.collect::<Result<_>>()? })
        }
        Value::Map(map) => Kind::StructValue(to_struct(map, place)?),
    };
    Ok(prost_types::Value { kind: Some(kind) })
}

pub(crate) fn from_struct(given: Struct) -> Map {
    given.fields.into_iter().map(|(name, value)| (name, from_proto(value))).collect()
}

fn from_proto(value: prost_types::Value) -> Value {
    match value.kind {
        None | Some(Kind::NullValue(_)) => Value::Null,
        Some(Kind::BoolValue(value)) => Value::Bool(value),
        Some(Kind::NumberValue(number)) if number.fract() == 0.0 && number.abs() <= EXACT as f64 => {
            Value::Integer(number as i64)
        }
        Some(Kind::NumberValue(number)) => Value::Float(number),
        Some(Kind::StringValue(text)) => Value::Text(text),
        Some(Kind::ListValue(list)) => Value::List(list.values.into_iter().map(from_proto).collect()),
        Some(Kind::StructValue(map)) => Value::Map(from_struct(map)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map<const N: usize>(entries: [(&str, Value); N]) -> Map {
        entries.map(|(name, value)| (name.to_owned(), value)).into()
    }

    #[test]
    fn values_go_there_and_come_back_as_they_were() {
        let deep = map([("k", vec![map([("x", 1.into())])].into())]);
        let session = map([
            ("none", Value::Null),
            ("on", true.into()),
            ("off", false.into()),
            ("n", 5.into()),
            ("big", EXACT.into()),
            ("small", (-EXACT).into()),
            ("half", 0.5.into()),
            ("text", "用户".into()),
            ("list", Value::List(vec![1.into(), "a".into(), Value::List(vec![]), Map::new().into(), Value::Null])),
            ("map", deep.into()),
            ("empty", Map::new().into()),
        ]);
        assert_eq!(from_struct(to_struct(session.clone(), "session").unwrap()), session);
    }

    #[test]
    fn what_a_struct_would_bend_is_refused_with_its_place() {
        let wrong: [(Value, &str); 6] = [
            ((EXACT + 1).into(), "an integer outside ±2^53"),
            ((-EXACT - 1).into(), "an integer outside ±2^53"),
            (i64::MIN.into(), "an integer outside ±2^53"),
            (f64::NAN.into(), "not finite"),
            (f64::INFINITY.into(), "not finite"),
            (Bytes::from_static(b"\xff").into(), "bytes"),
        ];
        for (value, what) in wrong {
            let inner = map([("y", value.clone())]);
            let nested = map([("x", vec![inner].into())]);
            for (session, place) in [(map([("x", value)]), "session[\"x\"]"), (nested, "session[\"x\"][0][\"y\"]")] {
                let error = to_struct(session, "session").unwrap_err();
                assert_eq!(
                    (error.code(), error.details().field.as_deref()),
                    (tonic::Code::InvalidArgument, Some("session"))
                );
                assert!(error.to_string().contains(what) && error.to_string().contains(place), "{error}");
            }
        }
    }

    #[test]
    fn values_say_what_they_are() {
        assert_eq!(
            (Value::from(3).as_f64(), Value::from(0.5).as_f64(), Value::from("3").as_f64()),
            (Some(3.0), Some(0.5), None)
        );
        assert_eq!(Value::from(vec![1, 2]).as_list().map(<[_]>::len), Some(2));
        assert_eq!((Value::from(true).as_bool(), Value::from(true).as_i64()), (Some(true), None));
        assert_eq!(Value::from(None::<bool>), Value::Null);
        assert_eq!(Value::from(Map::new()).as_map(), Some(&Map::new()));
    }
}
