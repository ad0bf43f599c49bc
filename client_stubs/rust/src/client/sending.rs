//! The commands of the API, as calls.

use super::Client;
use super::call::{ClientCall, ClusterCall, Execute};
use crate::commands::{self, Command};
use crate::message::Message;
use crate::names::OneOrMany;
use crate::session::SessionInput;

/// # Sending
impl Client {
    /// Sends a message to one client.
    pub fn send_to_client(&self, client_id: impl Into<String>, message: impl Into<Message>) -> ClientCall {
        ClientCall::new(self, commands::send_to_client(client_id, message))
    }

    /// Sends a message to the client of the event at hand.
    pub fn send_to_current_client(&self, message: impl Into<Message>) -> ClientCall {
        ClientCall::new(self, commands::send_to_current_client(message))
    }

    /// Sends a message to everyone, or to [`only`](ClusterCall::only) some.
    pub fn send_to_all(&self, message: impl Into<Message>) -> ClusterCall {
        ClusterCall::new(self, commands::send_to_all(message))
    }

    /// Sends a message to every client bound to one of the uids.
    pub fn send_to_uid(&self, uids: impl OneOrMany, message: impl Into<Message>) -> ClusterCall {
        ClusterCall::new(self, commands::send_to_uid(uids, message))
    }

    /// Sends a message to every client in one of the groups. One that is in two of them gets it twice.
    pub fn send_to_group(&self, groups: impl OneOrMany, message: impl Into<Message>) -> ClusterCall {
        ClusterCall::new(self, commands::send_to_group(groups, message))
    }

    /// Runs commands in order, for one call's price. One that fails does not stop the others.
    ///
    /// ```no_run
    /// # async fn example(client: gatewayworker::Client, id: &str) -> gatewayworker::Result<()> {
    /// use gatewayworker::{Command, commands};
    ///
    /// let mixed: [Command; 2] = [commands::join_group(id, "news").into(), commands::send_to_group("news", "hi").into()];
    /// client.execute(mixed).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn execute<C: Into<Command>>(&self, commands: impl IntoIterator<Item = C>) -> Execute {
        Execute::new(self, commands.into_iter().map(Into::into))
    }
}

/// # Uids and groups
impl Client {
    /// Binds a client to a uid, in place of its former one. One uid may have many clients.
    pub fn bind_uid(&self, client_id: impl Into<String>, uid: impl Into<String>) -> ClientCall {
        ClientCall::new(self, commands::bind_uid(client_id, uid))
    }

    /// Takes a client's uid away, whichever it is.
    pub fn unbind_uid(&self, client_id: impl Into<String>, uid: impl Into<String>) -> ClientCall {
        ClientCall::new(self, commands::unbind_uid(client_id, uid))
    }

    /// Puts a client into a group. A group lives as long as it has clients.
    pub fn join_group(&self, client_id: impl Into<String>, group: impl Into<String>) -> ClientCall {
        ClientCall::new(self, commands::join_group(client_id, group))
    }

    /// Takes a client out of a group.
    pub fn leave_group(&self, client_id: impl Into<String>, group: impl Into<String>) -> ClientCall {
        ClientCall::new(self, commands::leave_group(client_id, group))
    }

    /// Dissolves a group: every client leaves it.
    pub fn ungroup(&self, group: impl Into<String>) -> ClusterCall {
        ClusterCall::new(self, commands::ungroup(group))
    }
}

/// # Sessions
impl Client {
    /// Replaces a client's session.
    pub fn set_session(&self, client_id: impl Into<String>, session: impl Into<SessionInput>) -> ClientCall {
        ClientCall::new(self, commands::set_session(client_id, session))
    }

    /// Merges into a client's session: on a php cluster at every depth, on a go cluster its top keys.
    pub fn update_session(&self, client_id: impl Into<String>, session: impl Into<SessionInput>) -> ClientCall {
        ClientCall::new(self, commands::update_session(client_id, session))
    }
}

/// # Closing
impl Client {
    /// Closes a client once what was sent to it has drained, a [`message`](ClientCall::message) at last.
    pub fn close_client(&self, client_id: impl Into<String>) -> ClientCall {
        ClientCall::new(self, commands::close_client(client_id))
    }

    /// Closes the client of the event at hand, as [`close_client`](Self::close_client) does.
    pub fn close_current_client(&self) -> ClientCall {
        ClientCall::new(self, commands::close_current_client())
    }

    /// Closes a client at once and drops what was not yet sent to it.
    pub fn destroy_client(&self, client_id: impl Into<String>) -> ClientCall {
        ClientCall::new(self, commands::destroy_client(client_id))
    }

    /// Destroys the client of the event at hand.
    pub fn destroy_current_client(&self) -> ClientCall {
        ClientCall::new(self, commands::destroy_current_client())
    }
}
