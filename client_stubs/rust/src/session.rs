//! Sessions, as they come and as they are set.

use bytes::Bytes;

use crate::error::{Error, Result};
use crate::v1;
use crate::value::{Map, Value, from_struct, to_struct};

/// A client's session.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Session {
    /// What is in it. Changing it here changes nothing elsewhere.
    pub value: Map,
    /// Exactly what the Gateway keeps (PHP serialize, JSON). Empty: no session was ever set.
    pub stored: Bytes,
    /// `value` could not hold all of it (bytes that are not UTF-8, PHP objects, integers outside ±2^53); `stored` does.
    pub incomplete: bool,
}

impl Session {
    /// What is under that name.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.value.get(name)
    }

    /// The text under that name; None where there is none, or no text.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.get(name).and_then(Value::as_str)
    }
}

impl From<v1::Session> for Session {
    fn from(session: v1::Session) -> Self {
        let value = session.value.map(from_struct).unwrap_or_default();
        Self { value, stored: session.stored, incomplete: session.value_incomplete }
    }
}

/// What a session can be set to: names and values, or its [`stored`](SessionInput::stored) bytes.
///
/// ```
/// use gatewayworker::{SessionInput, Value};
///
/// let one = SessionInput::from([("name", "Ann")]);
/// let more = SessionInput::from([("name", Value::from("Ann")), ("age", 41.into())]);
/// let exact = SessionInput::stored("a:1:{s:3:\"big\";i:9007199254740993;}");
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct SessionInput(Given);

#[derive(Clone, Debug, PartialEq)]
enum Given {
    Value(Value),
    Stored(Bytes),
}

impl SessionInput {
    /// A session in the form in which the Gateway stores it (PHP serialize, JSON): it can hold what a Struct would bend.
    pub fn stored(bytes: impl Into<Bytes>) -> Self {
        Self(Given::Stored(bytes.into()))
    }

    pub(crate) fn into_proto(self) -> Result<v1::SessionInput> {
        use v1::session_input::Session as Proto;
        let session = match self.0 {
            Given::Stored(bytes) => Proto::Stored(bytes),
            Given::Value(Value::Map(map)) => Proto::Value(to_struct(map, "session")?),
            Given::Value(_) => return Err(Error::invalid("session", "is no map")),
        };
        Ok(v1::SessionInput { session: Some(session) })
    }
}

impl From<Value> for SessionInput {
    /// What is no [`Value::Map`] is refused when it is sent.
    fn from(value: Value) -> Self {
        Self(Given::Value(value))
    }
}

impl From<Map> for SessionInput {
    fn from(map: Map) -> Self {
        Value::Map(map).into()
    }
}

impl From<&Map> for SessionInput {
    fn from(map: &Map) -> Self {
        map.clone().into()
    }
}

impl<K: Into<String>, V: Into<Value>, const N: usize> From<[(K, V); N]> for SessionInput {
    fn from(entries: [(K, V); N]) -> Self {
        Map::from(entries.map(|(name, value)| (name.into(), value.into()))).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use v1::session_input::Session as Proto;

    fn proto(session: impl Into<SessionInput>) -> Proto {
        session.into().into_proto().unwrap().session.unwrap()
    }

    #[test]
    fn an_empty_session_is_one() {
        assert!(matches!(proto(Map::new()), Proto::Value(map) if map.fields.is_empty()));
        assert!(matches!(proto(SessionInput::stored("")), Proto::Stored(bytes) if bytes.is_empty()));
    }

    #[test]
    fn what_is_no_map_is_refused() {
        let error = SessionInput::from(Value::from(vec![1])).into_proto().unwrap_err();
        assert_eq!(error.details().field.as_deref(), Some("session"));
    }

    #[test]
    fn a_session_keeps_its_stored_bytes() {
        let Proto::Value(value) = proto([("a", 1)]) else { panic!("no value") };
        let came = v1::Session { value: Some(value), stored: Bytes::from_static(b"a:1:{}"), value_incomplete: true };
        let session = Session::from(came);
        assert_eq!((session.get("a"), session.text("a")), (Some(&Value::Integer(1)), None));
        assert!(session.incomplete && session.stored == "a:1:{}");
    }
}
