//! The commands of the API on a worker's stream: said and gone.

use super::Worker;
use super::outbox::Refused;
use crate::commands::{self, Command, fields};
use crate::error::{Error, Result};
use crate::event::current_event;
use crate::message::Message;
use crate::names::OneOrMany;
use crate::session::SessionInput;
use crate::v1;
use crate::v1::command::Command as Proto;

/// # Commands on the stream
///
/// Each is sent with the acknowledgement of the event whose handler calls it, before it, in the order of the calls; outside
/// of handlers at once. Nothing is awaited and nothing returned: a command that fails comes to
/// [`on_command_error`](super::WorkerBuilder::on_command_error). What has an answer, and what must be known to have run, is
/// a call of [`Worker::client`].
///
/// What a handler still sends when its stream is over is dropped: its event comes again.
///
/// # Errors
///
/// [`Unavailable`](Error::Unavailable) outside of handlers, where the worker is not attached;
/// [`InvalidArgument`](Error::InvalidArgument) for a session that cannot be sent, and where there is no current client.
impl Worker {
    /// Sends a command with options: `worker.command(commands::send_to_all("hi").exclude(id))?`.
    pub fn command(&self, command: impl Into<Command>) -> Result<()> {
        let command = command.into().0?;
        let size = command.encoded_len();
        self.send(command, size)
    }

    /// Sends a message to the client of the event at hand.
    pub fn send_to_current_client(&self, message: impl Into<Message>) -> Result<()> {
        let message = message.into();
        let size = message.size();
        let message = Some(message.into_proto());
        self.send(Proto::SendToCurrentClient(v1::SendToCurrentClientRequest { message, ..Default::default() }), size)
    }

    /// Sends a message to one client.
    pub fn send_to_client(&self, client_id: impl Into<String>, message: impl Into<Message>) -> Result<()> {
        self.command(commands::send_to_client(client_id, message))
    }

    /// Sends a message to everyone; `command` with [`only`](commands::ToMany::only) to some.
    pub fn send_to_all(&self, message: impl Into<Message>) -> Result<()> {
        self.command(commands::send_to_all(message))
    }

    /// Sends a message to every client bound to one of the uids.
    pub fn send_to_uid(&self, uids: impl OneOrMany, message: impl Into<Message>) -> Result<()> {
        self.command(commands::send_to_uid(uids, message))
    }

    /// Sends a message to every client in one of the groups. One that is in two of them gets it twice.
    pub fn send_to_group(&self, groups: impl OneOrMany, message: impl Into<Message>) -> Result<()> {
        self.command(commands::send_to_group(groups, message))
    }

    /// Binds a client to a uid, in place of its former one.
    pub fn bind_uid(&self, client_id: impl Into<String>, uid: impl Into<String>) -> Result<()> {
        self.command(commands::bind_uid(client_id, uid))
    }

    /// Takes a client's uid away, whichever it is.
    pub fn unbind_uid(&self, client_id: impl Into<String>, uid: impl Into<String>) -> Result<()> {
        self.command(commands::unbind_uid(client_id, uid))
    }

    /// Puts a client into a group.
    pub fn join_group(&self, client_id: impl Into<String>, group: impl Into<String>) -> Result<()> {
        self.command(commands::join_group(client_id, group))
    }

    /// Takes a client out of a group.
    pub fn leave_group(&self, client_id: impl Into<String>, group: impl Into<String>) -> Result<()> {
        self.command(commands::leave_group(client_id, group))
    }

    /// Dissolves a group.
    pub fn ungroup(&self, group: impl Into<String>) -> Result<()> {
        self.command(commands::ungroup(group))
    }

    /// Replaces a client's session.
    pub fn set_session(&self, client_id: impl Into<String>, session: impl Into<SessionInput>) -> Result<()> {
        self.command(commands::set_session(client_id, session))
    }

    /// Merges into a client's session.
    pub fn update_session(&self, client_id: impl Into<String>, session: impl Into<SessionInput>) -> Result<()> {
        self.command(commands::update_session(client_id, session))
    }

    /// Closes a client once what was sent to it has drained; `command` with [`message`](commands::ToClient::message) gives
    /// it one at last.
    pub fn close_client(&self, client_id: impl Into<String>) -> Result<()> {
        self.command(commands::close_client(client_id))
    }

    /// Closes the client of the event at hand.
    pub fn close_current_client(&self) -> Result<()> {
        self.command(commands::close_current_client())
    }

    /// Closes a client at once.
    pub fn destroy_client(&self, client_id: impl Into<String>) -> Result<()> {
        self.command(commands::destroy_client(client_id))
    }

    /// Destroys the client of the event at hand.
    pub fn destroy_current_client(&self) -> Result<()> {
        self.command(commands::destroy_current_client())
    }

    fn send(&self, mut command: Proto, size: usize) -> Result<()> {
        let event = current_event().filter(|event| self.has(event));
        if let Some(event) = &event {
            match event.outbox().command(Some(event), command, size) {
                Ok(()) | Err(Refused::Closed) => return Ok(()), // its event comes again, and with it this command
                Err(Refused::Done(refused)) => command = refused,
            }
        }
        if let Some(fields) = fields(&mut command).filter(|fields| fields.current && fields.client_id.is_empty()) {
            let Some(event) = event else {
                return Err(Error::invalid("client_id", "is not named, and there is no event at hand"));
            };
            // A task that outlived its event: the daemon knows it no more.
            *fields.client_id = event.client_id().to_owned();
            *fields.generation = event.generation().to_owned();
        }
        self.attachment()?.command(None, command, size).map_err(|_| super::not_attached())
    }
}
