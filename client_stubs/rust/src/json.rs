//! Values from and to those of serde_json.

use crate::{Map, SessionInput, Value};

impl From<serde_json::Value> for Value {
    /// A u64 above `i64::MAX` becomes `i64::MAX`: in a session neither can be, and both are refused.
    fn from(value: serde_json::Value) -> Self {
        match value {
            serde_json::Value::Null => Self::Null,
            serde_json::Value::Bool(value) => Self::Bool(value),
            serde_json::Value::Number(number) => number
                .as_i64()
                .map(Self::Integer)
                .or_else(|| number.as_u64().map(|_| Self::Integer(i64::MAX)))
                .unwrap_or_else(|| Self::Float(number.as_f64().unwrap_or(f64::NAN))),
            serde_json::Value::String(text) => Self::Text(text),
            serde_json::Value::Array(list) => list.into(),
            serde_json::Value::Object(map) => Self::Map(to_map(map)),
        }
    }
}

impl From<Value> for serde_json::Value {
    /// Bytes become a list of numbers; a number that is not finite becomes null.
    fn from(value: Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(value) => value.into(),
            Value::Integer(number) => number.into(),
            Value::Float(number) => number.into(),
            Value::Text(text) => text.into(),
            Value::Bytes(bytes) => bytes.to_vec().into(),
            Value::List(list) => list.into_iter().map(Self::from).collect(),
            Value::Map(map) => map.into_iter().map(|(name, value)| (name, Self::from(value))).collect(),
        }
    }
}

impl From<serde_json::Map<String, serde_json::Value>> for SessionInput {
    fn from(map: serde_json::Map<String, serde_json::Value>) -> Self {
        to_map(map).into()
    }
}

impl From<serde_json::Value> for SessionInput {
    /// What is no object is refused when it is sent.
    fn from(value: serde_json::Value) -> Self {
        Value::from(value).into()
    }
}

fn to_map(map: serde_json::Map<String, serde_json::Value>) -> Map {
    map.into_iter().map(|(name, value)| (name, value.into())).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn json_goes_there_and_comes_back() {
        let given = json!({"a": [1, -2, 0.5, "x", null, true, {"b": {}}]});
        assert_eq!(serde_json::Value::from(Value::from(given.clone())), given);
    }

    #[test]
    fn integers_that_a_session_cannot_hold_are_refused() {
        for number in [json!(u64::MAX), json!(i64::MAX), json!(i64::MIN)] {
            let session = SessionInput::from(json!({"n": number}));
            assert!(session.into_proto().unwrap_err().to_string().contains("±2^53"));
        }
    }
}
