//! JSON to the package's values.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use gatewayworker::{Field, Message, SessionInput, Value};
use serde_json::Value as Json;

use crate::{Object, text};

/// The arguments of a call or a command, with "$client" replaced by the client of the event.
pub struct Arguments<'a> {
    given: &'a Object,
    client_id: Option<&'a str>,
}

impl<'a> Arguments<'a> {
    pub fn new(given: &'a Object, client_id: Option<&'a str>) -> Self {
        Self { given, client_id }
    }

    pub fn optional(&self, name: &str) -> Option<&'a str> {
        self.given.get(name).map(|value| self.name(value))
    }

    pub fn text(&self, name: &str) -> &'a str {
        self.optional(name).unwrap_or_default()
    }

    pub fn optional_list(&self, name: &str) -> Option<Vec<&'a str>> {
        let list = self.given.get(name)?.as_array().expect("a list");
        Some(list.iter().map(|value| self.name(value)).collect())
    }

    pub fn list(&self, name: &str) -> Vec<&'a str> {
        self.optional_list(name).unwrap_or_default()
    }

    pub fn flag(&self, name: &str) -> bool {
        self.given.get(name).and_then(Json::as_bool).unwrap_or_default()
    }

    pub fn optional_message(&self) -> Option<Message> {
        self.given.get("message").map(|message| make_message(message.as_object().expect("a message")))
    }

    pub fn message(&self) -> Message {
        self.optional_message().expect("a message")
    }

    pub fn session(&self) -> SessionInput {
        let given = self.given["session"].as_object().expect("a session");
        match given.get("stored") {
            Some(stored) => SessionInput::stored(bytes(stored)),
            None => make_value(&given["value"]).into(),
        }
    }

    pub fn fields(&self) -> Vec<Field> {
        let field = |name: &str| match name {
            "UID" => Field::Uid,
            "GROUPS" => Field::Groups,
            "SESSION" => Field::Session,
            other => panic!("no field {other}"),
        };
        self.list("fields").into_iter().map(field).collect()
    }

    /// Of `execute`: names of commands, each with its arguments.
    pub fn commands(&self) -> Vec<(&'a str, Arguments<'a>)> {
        let commands = self.given["commands"].as_array().expect("commands").iter();
        let command = |one: &'a Json| {
            let one = one.as_object().expect("a command");
            (text(one, "command"), Self::new(one["arguments"].as_object().expect("arguments"), self.client_id))
        };
        commands.map(command).collect()
    }

    fn name(&self, value: &'a Json) -> &'a str {
        match value.as_str().expect("text") {
            "$client" => self.client_id.unwrap_or("$client"),
            name => name,
        }
    }
}

fn make_message(given: &Object) -> Message {
    let mut message = match given.get("text") {
        Some(text) => Message::from(text.as_str().expect("text")),
        None => Message::from(bytes(&given["data"])),
    };
    let flag = |name| given.get(name).and_then(Json::as_bool).unwrap_or_default();
    if flag("raw") {
        message = message.raw();
    }
    if flag("websocket_binary") {
        message = message.websocket_binary();
    }
    message
}

fn make_value(given: &Json) -> Value {
    if let Some(number) = given.get("$int64") {
        return Value::Integer(number.as_str().and_then(|digits| digits.parse().ok()).expect("an integer"));
    }
    if let Some(data) = given.get("$bytes") {
        return Value::Bytes(bytes(data).into());
    }
    match given {
        Json::Array(list) => Value::List(list.iter().map(make_value).collect()),
        Json::Object(map) => Value::Map(map.iter().map(|(name, value)| (name.clone(), make_value(value))).collect()),
        plain => plain.clone().into(),
    }
}

fn bytes(base64: &Json) -> Vec<u8> {
    BASE64_STANDARD.decode(base64.as_str().expect("base64")).expect("base64")
}
