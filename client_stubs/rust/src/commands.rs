//! The commands of the API as values: what [`Client::execute`](crate::Client::execute) takes many of at once, and
//! [`Worker::command`](crate::Worker::command) sends on the stream.
//!
//! ```no_run
//! # async fn example(client: gatewayworker::Client) -> gatewayworker::Result<()> {
//! use gatewayworker::commands;
//!
//! let results = client.execute((1..=100).map(|n| commands::send_to_group("news", format!("{n}")))).await?;
//! assert!(results.iter().all(|result| result.ok()));
//! # Ok(())
//! # }
//! ```

use crate::error::{Error, Result};
use crate::message::Message;
use crate::names::OneOrMany;
use crate::session::SessionInput;
use crate::v1;
use crate::v1::command::Command as Proto;

const CONFIRM_RUN: i32 = v1::Confirm::Run as i32;

/// Any command.
#[derive(Clone, Debug)]
#[must_use = "a command does nothing until it is sent"]
pub struct Command(pub(crate) Result<Proto>);

impl From<ToClient> for Command {
    fn from(command: ToClient) -> Self {
        Self(command.0)
    }
}

impl From<ToMany> for Command {
    fn from(command: ToMany) -> Self {
        Self(command.0)
    }
}

/// A command to one client, with what it may ask for.
#[derive(Clone, Debug)]
#[must_use = "a command does nothing until it is sent"]
pub struct ToClient(pub(crate) Result<Proto>);

impl ToClient {
    /// The generation of the client's Gateway that is expected, as an event gave it: `NotFound` where it is over.
    pub fn generation(self, generation: impl Into<String>) -> Self {
        self.with(|fields| *fields.generation = generation.into())
    }

    /// Answer when the Gateway has run it, and not when it stands in the link's buffer.
    pub fn confirm(self) -> Self {
        self.with(|fields| *fields.confirm = CONFIRM_RUN)
    }

    /// `NotFound` where the client is gone; without it that is no error, and nothing happens.
    pub fn require_online(self) -> Self {
        self.with(|fields| *fields.require_online = true)
    }

    /// Another client than the one at hand, or than the one that was named.
    pub fn client_id(self, client_id: impl Into<String>) -> Self {
        self.with(|fields| *fields.client_id = client_id.into())
    }

    /// Of [`close_client`] and [`close_current_client`]: what the client gets at last.
    pub fn message(mut self, message: impl Into<Message>) -> Self {
        match &mut self.0 {
            Ok(Proto::CloseClient(request)) => request.message = Some(message.into().into_proto()),
            Ok(Proto::CloseCurrentClient(request)) => request.message = Some(message.into().into_proto()),
            Ok(_) => self.0 = Err(Error::invalid("message", "is for close_client and close_current_client")),
            Err(_) => {}
        }
        self
    }

    fn with(mut self, set: impl FnOnce(Fields<'_>)) -> Self {
        if let Some(fields) = self.0.as_mut().ok().and_then(fields) {
            set(fields);
        }
        self
    }
}

/// A command to many clients, with what it may ask for.
#[derive(Clone, Debug)]
#[must_use = "a command does nothing until it is sent"]
pub struct ToMany(pub(crate) Result<Proto>);

impl ToMany {
    /// Answer when each Gateway has run it.
    pub fn confirm(mut self) -> Self {
        match &mut self.0 {
            Ok(Proto::SendToAll(request)) => request.confirm = CONFIRM_RUN,
            Ok(Proto::SendToUid(request)) => request.confirm = CONFIRM_RUN,
            Ok(Proto::SendToGroup(request)) => request.confirm = CONFIRM_RUN,
            Ok(Proto::Ungroup(request)) => request.confirm = CONFIRM_RUN,
            _ => {}
        }
        self
    }

    /// Of [`send_to_all`]: to these clients only. An empty list is nobody.
    pub fn only(mut self, client_ids: impl OneOrMany) -> Self {
        match &mut self.0 {
            Ok(Proto::SendToAll(request)) => {
                request.targets = Some(v1::ClientIds { client_ids: client_ids.into_names() });
            }
            Ok(_) => self.0 = Err(Error::invalid("client_ids", "are for send_to_all")),
            Err(_) => {}
        }
        self
    }

    /// Of [`send_to_all`] and [`send_to_group`]: not to these clients.
    pub fn exclude(mut self, client_ids: impl OneOrMany) -> Self {
        match &mut self.0 {
            Ok(Proto::SendToAll(request)) => request.exclude_client_ids = client_ids.into_names(),
            Ok(Proto::SendToGroup(request)) => request.exclude_client_ids = client_ids.into_names(),
            Ok(_) => self.0 = Err(Error::invalid("exclude", "is for send_to_all and send_to_group")),
            Err(_) => {}
        }
        self
    }
}

/// What all commands to one client have.
pub(crate) struct Fields<'a> {
    pub(crate) client_id: &'a mut String,
    pub(crate) generation: &'a mut String,
    confirm: &'a mut i32,
    require_online: &'a mut bool,
    /// Without a client_id it is for the client of the event at hand.
    pub(crate) current: bool,
}

/// None for commands to many clients.
pub(crate) fn fields(command: &mut Proto) -> Option<Fields<'_>> {
    macro_rules! fields {
        ($($variant:ident $current:literal),*) => {
            match command {
                $(Proto::$variant(request) => Some(Fields {
                    client_id: &mut request.client_id,
                    generation: &mut request.generation,
                    confirm: &mut request.confirm,
                    require_online: &mut request.require_online,
                    current: $current,
                }),)*
                Proto::SendToAll(_) | Proto::SendToUid(_) | Proto::SendToGroup(_) | Proto::Ungroup(_) => None,
            }
        };
    }
    fields!(
        SendToClient false, SendToCurrentClient true, BindUid false, UnbindUid false, JoinGroup false,
        LeaveGroup false, SetSession false, UpdateSession false, CloseClient false, CloseCurrentClient true,
        DestroyClient false, DestroyCurrentClient true
    )
}

/// Sends a message to one client.
pub fn send_to_client(client_id: impl Into<String>, message: impl Into<Message>) -> ToClient {
    let message = Some(message.into().into_proto());
    let request = v1::SendToClientRequest { client_id: client_id.into(), message, ..Default::default() };
    ToClient(Ok(Proto::SendToClient(request)))
}

/// Sends a message to the client of the event at hand.
pub fn send_to_current_client(message: impl Into<Message>) -> ToClient {
    let message = Some(message.into().into_proto());
    ToClient(Ok(Proto::SendToCurrentClient(v1::SendToCurrentClientRequest { message, ..Default::default() })))
}

/// Sends a message to everyone, or to [`only`](ToMany::only) some.
pub fn send_to_all(message: impl Into<Message>) -> ToMany {
    let message = Some(message.into().into_proto());
    ToMany(Ok(Proto::SendToAll(v1::SendToAllRequest { message, ..Default::default() })))
}

/// Sends a message to every client bound to one of the uids.
pub fn send_to_uid(uids: impl OneOrMany, message: impl Into<Message>) -> ToMany {
    let message = Some(message.into().into_proto());
    ToMany(Ok(Proto::SendToUid(v1::SendToUidRequest { uids: uids.into_names(), message, confirm: 0 })))
}

/// Sends a message to every client in one of the groups. One that is in two of them gets it twice.
pub fn send_to_group(groups: impl OneOrMany, message: impl Into<Message>) -> ToMany {
    let message = Some(message.into().into_proto());
    let request = v1::SendToGroupRequest { groups: groups.into_names(), message, ..Default::default() };
    ToMany(Ok(Proto::SendToGroup(request)))
}

/// Binds a client to a uid, in place of its former one. One uid may have many clients.
pub fn bind_uid(client_id: impl Into<String>, uid: impl Into<String>) -> ToClient {
    let request = v1::BindUidRequest { client_id: client_id.into(), uid: uid.into(), ..Default::default() };
    ToClient(Ok(Proto::BindUid(request)))
}

/// Takes a client's uid away, whichever it is.
pub fn unbind_uid(client_id: impl Into<String>, uid: impl Into<String>) -> ToClient {
    let request = v1::UnbindUidRequest { client_id: client_id.into(), uid: uid.into(), ..Default::default() };
    ToClient(Ok(Proto::UnbindUid(request)))
}

/// Puts a client into a group. A group lives as long as it has clients.
pub fn join_group(client_id: impl Into<String>, group: impl Into<String>) -> ToClient {
    let request = v1::JoinGroupRequest { client_id: client_id.into(), group: group.into(), ..Default::default() };
    ToClient(Ok(Proto::JoinGroup(request)))
}

/// Takes a client out of a group.
pub fn leave_group(client_id: impl Into<String>, group: impl Into<String>) -> ToClient {
    let request = v1::LeaveGroupRequest { client_id: client_id.into(), group: group.into(), ..Default::default() };
    ToClient(Ok(Proto::LeaveGroup(request)))
}

/// Dissolves a group: every client leaves it.
pub fn ungroup(group: impl Into<String>) -> ToMany {
    ToMany(Ok(Proto::Ungroup(v1::UngroupRequest { group: group.into(), confirm: 0 })))
}

/// Replaces a client's session.
pub fn set_session(client_id: impl Into<String>, session: impl Into<SessionInput>) -> ToClient {
    ToClient(session.into().into_proto().map(|session| {
        let session = Some(session);
        Proto::SetSession(v1::SetSessionRequest { client_id: client_id.into(), session, ..Default::default() })
    }))
}

/// Merges into a client's session: on a php cluster at every depth, on a go cluster its top keys.
pub fn update_session(client_id: impl Into<String>, session: impl Into<SessionInput>) -> ToClient {
    ToClient(session.into().into_proto().map(|session| {
        let session = Some(session);
        Proto::UpdateSession(v1::UpdateSessionRequest { client_id: client_id.into(), session, ..Default::default() })
    }))
}

/// Closes a client once what was sent to it has drained, a [`message`](ToClient::message) at last.
pub fn close_client(client_id: impl Into<String>) -> ToClient {
    let request = v1::CloseClientRequest { client_id: client_id.into(), ..Default::default() };
    ToClient(Ok(Proto::CloseClient(request)))
}

/// Closes the client of the event at hand, as [`close_client`] does.
pub fn close_current_client() -> ToClient {
    ToClient(Ok(Proto::CloseCurrentClient(v1::CloseCurrentClientRequest::default())))
}

/// Closes a client at once and drops what was not yet sent to it.
pub fn destroy_client(client_id: impl Into<String>) -> ToClient {
    let request = v1::DestroyClientRequest { client_id: client_id.into(), ..Default::default() };
    ToClient(Ok(Proto::DestroyClient(request)))
}

/// Destroys the client of the event at hand.
pub fn destroy_current_client() -> ToClient {
    ToClient(Ok(Proto::DestroyCurrentClient(v1::DestroyCurrentClientRequest::default())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_absent_and_empty() {
        let targets = |command: ToMany| match command.0 {
            Ok(Proto::SendToAll(request)) => request.targets,
            other => panic!("{other:?}"),
        };
        assert_eq!(targets(send_to_all("hi")), None);
        assert_eq!(targets(send_to_all("hi").only(Vec::<String>::new())), Some(v1::ClientIds::default()));
    }

    #[test]
    fn options_arrive() {
        let command = join_group("7f", "g").generation("g1").confirm().require_online();
        let expected = v1::JoinGroupRequest {
            client_id: "7f".into(),
            group: "g".into(),
            generation: "g1".into(),
            confirm: CONFIRM_RUN,
            require_online: true,
        };
        assert_eq!(command.0.unwrap(), Proto::JoinGroup(expected));
        for command in [send_to_all("x"), send_to_uid("u", "x"), send_to_group("g", "x"), ungroup("g")] {
            let text = format!("{:?}", command.confirm().0.unwrap());
            assert!(text.contains("confirm: Run"), "{text}");
        }
    }

    #[test]
    fn what_a_command_has_no_place_for_is_refused() {
        for (command, field) in
            [(ungroup("g").exclude("7f"), "exclude"), (send_to_uid("u", "x").only("7f"), "client_ids")]
        {
            assert_eq!(command.0.unwrap_err().details().field.as_deref(), Some(field));
        }
        assert!(destroy_client("7f").message("bye").0.is_err());
        assert!(close_client("7f").message("bye").0.is_ok());
    }

    #[test]
    fn what_a_session_cannot_hold_is_an_error_of_its_command() {
        assert!(Command::from(set_session("7f", [("n", i64::MAX)]).confirm()).0.is_err());
        assert!(update_session("7f", [("n", f64::NAN)]).0.is_err());
    }
}
