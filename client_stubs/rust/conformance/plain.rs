//! The package's values to JSON.

use std::collections::HashMap;
use std::fmt::Debug;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use gatewayworker::{
    CommandError, CommandResult, Delivery, Error, Event, EventKind, GatewayFailure, Map, Name, SelectedClient, Session,
    Welcome,
};
use serde_json::{Value, json};

/// What a call returns, as JSON.
pub trait Plain {
    fn plain(self) -> Value;
}

macro_rules! plain {
    ($($type:ty: |$value:ident| $made:expr;)*) => {
        $(impl Plain for $type {
            fn plain(self) -> Value {
                let $value = self;
                $made
            }
        })*
    };
}

plain! {
    (): |_nothing| Value::Null;
    bool: |value| value.into();
    u64: |value| value.into();
    String: |value| value.into();
    Name: |name| match name {
        Name::Text(text) => text.into(),
        Name::Bytes(bytes) => json!({"$bytes": base64(&bytes)}),
    };
    Session: |session| json!({
        "value": map(&session.value), "stored": base64(&session.stored), "incomplete": session.incomplete,
    });
    GatewayFailure: |failure| json!({"gateway": failure.gateway, "reason": failure.reason});
    Delivery: |delivery| json!({"gateways": delivery.gateways, "unreachable": delivery.unreachable.plain()});
    CommandResult: |result| json!({
        "code": screaming(&result.code), "message": result.message, "delivery": result.delivery.plain(),
    });
    SelectedClient: |client| json!({
        "client_id": client.client_id, "uid": client.uid.plain(), "groups": client.groups.plain(),
        "session": client.session.plain(),
    });
}

impl<T: Plain> Plain for Vec<T> {
    fn plain(self) -> Value {
        self.into_iter().map(T::plain).collect()
    }
}

impl<T: Plain> Plain for Option<T> {
    fn plain(self) -> Value {
        self.map_or(Value::Null, T::plain)
    }
}

impl<K: Plain, T: Plain> Plain for HashMap<K, T> {
    fn plain(self) -> Value {
        let key = |key: K| match key.plain() {
            Value::String(text) => text,
            bytes => bytes["$bytes"].as_str().expect("bytes").to_owned(),
        };
        self.into_iter().map(|(name, value)| (key(name), value.plain())).collect()
    }
}

pub fn error(error: &Error) -> Value {
    let details = error.details();
    json!({
        "code": screaming(&error.code()), "message": error.to_string(), "field": details.field,
        "reason": details.reason, "gateways": details.gateways,
    })
}

pub fn command_error(error: &CommandError) -> Value {
    json!({"code": screaming(&error.code), "message": error.message})
}

pub fn welcome(welcome: &Welcome) -> Value {
    json!({
        "version": welcome.version, "dialect": welcome.dialect, "worker_id": welcome.worker_id,
        "window_events": welcome.window_events, "window_bytes": welcome.window_bytes,
        "max_message_bytes": welcome.max_message_bytes,
    })
}

pub fn event(event: &Event) -> Value {
    let session = event.session();
    let mut line = json!({
        "kind": screaming(&event.kind()), "client_id": event.client_id(), "body": base64(event.body()),
        "body_omitted": event.body_omitted(), "attempt": event.attempt(), "redelivered": event.redelivered(),
        "session": map(&session.value), "session_stored": base64(&session.stored),
        "session_stale": event.session_stale(), "client_ip": event.client_ip(),
    });
    if event.kind() == EventKind::WebsocketConnect {
        let said = event.handshake();
        line["handshake"] = json!({
            "get": map(&said.get), "server": map(&said.server), "cookie": map(&said.cookie),
            "incomplete": said.incomplete,
        });
    }
    line
}

fn map(map: &Map) -> Value {
    gatewayworker::Value::Map(map.clone()).into()
}

fn base64(bytes: &[u8]) -> String {
    BASE64_STANDARD.encode(bytes)
}

/// `NotFound` as NOT_FOUND.
fn screaming(variant: &impl Debug) -> String {
    let mut name = String::new();
    for letter in format!("{variant:?}").chars() {
        if letter.is_uppercase() && !name.is_empty() {
            name.push('_');
        }
        name.push(letter.to_ascii_uppercase());
    }
    name
}
