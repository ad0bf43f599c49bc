//! What calls return.

use std::fmt;

use bytes::Bytes;
use tonic::Code;

use crate::session::Session;
use crate::v1;

/// A uid or the name of a group: text as a rule, bytes where it is not UTF-8.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Name {
    /// UTF-8.
    Text(String),
    /// Not UTF-8.
    Bytes(Bytes),
}

impl Name {
    /// The name, where it is UTF-8.
    pub fn as_str(&self) -> Option<&str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }

    pub(crate) fn list(texts: Vec<String>, bytes: Vec<Bytes>) -> Vec<Self> {
        texts.into_iter().map(Self::Text).chain(bytes.into_iter().map(Self::Bytes)).collect()
    }

    pub(crate) fn of(text: String, bytes: Bytes) -> Self {
        if bytes.is_empty() { Self::Text(text) } else { Self::Bytes(bytes) }
    }

    pub(crate) fn optional(text: Option<String>, bytes: Bytes) -> Option<Self> {
        text.map(Self::Text).or((!bytes.is_empty()).then_some(Self::Bytes(bytes)))
    }
}

impl fmt::Display for Name {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => out.write_str(text),
            Self::Bytes(bytes) => out.write_str(&String::from_utf8_lossy(bytes)),
        }
    }
}

impl From<&str> for Name {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl PartialEq<str> for Name {
    fn eq(&self, other: &str) -> bool {
        self.as_str() == Some(other)
    }
}

impl PartialEq<&str> for Name {
    fn eq(&self, other: &&str) -> bool {
        self == *other
    }
}

/// A Gateway that did not take a command, or did not answer a query.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct GatewayFailure {
    /// Its address (`10.0.0.5:2900`).
    pub gateway: String,
    /// Why, for people.
    pub reason: String,
}

impl GatewayFailure {
    pub(crate) fn list(failures: Vec<v1::GatewayFailure>) -> Vec<Self> {
        failures.into_iter().map(|failure| Self { gateway: failure.gateway, reason: failure.reason }).collect()
    }
}

/// How far a command to many clients came.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Delivery {
    /// How many Gateways took it (with `confirm`: have run it).
    pub gateways: u32,
    /// Those that did not.
    pub unreachable: Vec<GatewayFailure>,
}

impl From<v1::Delivery> for Delivery {
    fn from(delivery: v1::Delivery) -> Self {
        Self { gateways: delivery.gateways, unreachable: GatewayFailure::list(delivery.unreachable) }
    }
}

/// What became of one command of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CommandResult {
    /// Its status.
    pub code: Code,
    /// Field, Gateway and cause; empty where the code is OK.
    pub message: String,
    /// Of commands to many clients.
    pub delivery: Option<Delivery>,
}

impl CommandResult {
    /// Whether the code is OK.
    pub fn ok(&self) -> bool {
        self.code == Code::Ok
    }
}

impl From<v1::CommandStatus> for CommandResult {
    fn from(status: v1::CommandStatus) -> Self {
        let delivery = status.delivery.map(Delivery::from);
        Self { code: Code::from_i32(status.code), message: status.message, delivery }
    }
}

/// What there is of an answer, and who did not answer.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Partial<T> {
    /// What the others said.
    pub value: T,
    /// The Gateways whose clients are not in it.
    pub missing: Vec<GatewayFailure>,
}

/// What [`Client::select`](crate::Client::select) can ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Field {
    /// The uid bound to the client.
    Uid,
    /// The groups it is in.
    Groups,
    /// Its session.
    Session,
}

impl Field {
    pub(crate) fn to_proto(self) -> i32 {
        match self {
            Self::Uid => v1::SelectField::Uid,
            Self::Groups => v1::SelectField::Groups,
            Self::Session => v1::SelectField::Session,
        }
        .into()
    }
}

/// A client as [`Client::select`](crate::Client::select) lists it: only what was asked for is set.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct SelectedClient {
    /// 20 lower-case hex digits.
    pub client_id: String,
    /// Its uid, if it has one.
    pub uid: Option<Name>,
    /// Its groups.
    pub groups: Vec<Name>,
    /// Its session.
    pub session: Option<Session>,
}

impl From<v1::SelectedClient> for SelectedClient {
    fn from(client: v1::SelectedClient) -> Self {
        Self {
            client_id: client.client_id,
            uid: Name::optional(client.uid, client.uid_not_utf8),
            groups: Name::list(client.groups, client.groups_not_utf8),
            session: client.session.map(Session::from),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_are_not_utf8_are_bytes() {
        let bytes = Bytes::from_static(b"\xff");
        assert_eq!(Name::of("a".into(), Bytes::new()), "a");
        assert_eq!(Name::of(String::new(), bytes.clone()), Name::Bytes(bytes.clone()));
        assert_eq!(Name::optional(None, Bytes::new()), None);
        assert_eq!(Name::optional(None, bytes.clone()), Some(Name::Bytes(bytes.clone())));
        assert_eq!(Name::list(vec!["a".into()], vec![bytes.clone()]), ["a".into(), Name::Bytes(bytes.clone())]);
        assert_eq!((Name::from("é").to_string(), Name::Bytes(bytes).to_string()), ("é".into(), "\u{fffd}".into()));
    }

    #[test]
    fn a_status_of_no_known_number_is_unknown() {
        let result = CommandResult::from(v1::CommandStatus { code: 99, ..Default::default() });
        assert!(result.code == Code::Unknown && !result.ok());
    }
}
