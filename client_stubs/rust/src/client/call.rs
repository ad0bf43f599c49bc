//! Calls of commands: options, then `.await`.

use std::future::IntoFuture;
use std::pin::Pin;
use std::time::Duration;

use prost::Message as _;

use super::Client;
use super::raw::{Options, rpc};
use crate::commands::{Command, ToClient, ToMany};
use crate::error::Result;
use crate::message::Message;
use crate::names::OneOrMany;
use crate::results::{CommandResult, Delivery};
use crate::v1;
use crate::v1::command::Command as Proto;

pub(super) type BoxFuture<T> = Pin<Box<dyn Future<Output = Result<T>> + Send>>;

/// A command to one client, made by `.await`.
#[derive(Debug)]
#[must_use = "a call is made by .await"]
pub struct ClientCall {
    client: Client,
    command: ToClient,
    options: Options,
}

impl ClientCall {
    pub(super) fn new(client: &Client, command: ToClient) -> Self {
        Self { client: client.clone(), command, options: Options::new() }
    }

    /// As [`ToClient::generation`].
    pub fn generation(mut self, generation: impl Into<String>) -> Self {
        self.command = self.command.generation(generation);
        self
    }

    /// As [`ToClient::confirm`].
    pub fn confirm(mut self) -> Self {
        self.command = self.command.confirm();
        self
    }

    /// As [`ToClient::require_online`].
    pub fn require_online(mut self) -> Self {
        self.command = self.command.require_online();
        self
    }

    /// As [`ToClient::message`].
    pub fn message(mut self, message: impl Into<Message>) -> Self {
        self.command = self.command.message(message);
        self
    }

    /// As [`ToClient::client_id`].
    pub fn client_id(mut self, client_id: impl Into<String>) -> Self {
        self.command = self.command.client_id(client_id);
        self
    }

    /// How long it may take, in place of the client's timeout; None: no limit.
    pub fn timeout(mut self, timeout: impl Into<Option<Duration>>) -> Self {
        self.options.set_timeout(timeout.into());
        self
    }
}

impl IntoFuture for ClientCall {
    type Output = Result<()>;
    type IntoFuture = BoxFuture<()>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            let (path, request) = encode(self.command.0?);
            self.client.unary(path, request, self.options).await
        })
    }
}

/// A command to many clients, made by `.await`.
#[derive(Debug)]
#[must_use = "a call is made by .await"]
pub struct ClusterCall {
    client: Client,
    command: ToMany,
    options: Options,
}

impl ClusterCall {
    pub(super) fn new(client: &Client, command: ToMany) -> Self {
        Self { client: client.clone(), command, options: Options::new() }
    }

    /// As [`ToMany::confirm`].
    pub fn confirm(mut self) -> Self {
        self.command = self.command.confirm();
        self
    }

    /// As [`ToMany::only`].
    pub fn only(mut self, client_ids: impl OneOrMany) -> Self {
        self.command = self.command.only(client_ids);
        self
    }

    /// As [`ToMany::exclude`].
    pub fn exclude(mut self, client_ids: impl OneOrMany) -> Self {
        self.command = self.command.exclude(client_ids);
        self
    }

    /// How long it may take, in place of the client's timeout; None: no limit.
    pub fn timeout(mut self, timeout: impl Into<Option<Duration>>) -> Self {
        self.options.set_timeout(timeout.into());
        self
    }
}

impl IntoFuture for ClusterCall {
    type Output = Result<Delivery>;
    type IntoFuture = BoxFuture<Delivery>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            let (path, request) = encode(self.command.0?);
            // The responses of all four are alike.
            let response: v1::SendToAllResponse = self.client.unary(path, request, self.options).await?;
            Ok(response.delivery.map(Delivery::from).unwrap_or_default())
        })
    }
}

/// A list of commands, run by `.await`.
#[derive(Debug)]
#[must_use = "a call is made by .await"]
pub struct Execute {
    client: Client,
    commands: Result<Vec<v1::Command>>,
    options: Options,
}

impl Execute {
    pub(super) fn new(client: &Client, commands: impl Iterator<Item = Command>) -> Self {
        let commands = commands.map(|command| Ok(v1::Command { command: Some(command.0?) })).collect();
        Self { client: client.clone(), commands, options: Options::new() }
    }

    /// How long it may take, in place of the client's timeout; None: no limit.
    pub fn timeout(mut self, timeout: impl Into<Option<Duration>>) -> Self {
        self.options.set_timeout(timeout.into());
        self
    }
}

impl IntoFuture for Execute {
    type Output = Result<Vec<CommandResult>>;
    type IntoFuture = BoxFuture<Vec<CommandResult>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            let request = v1::ExecuteRequest { commands: self.commands? }.encode_to_vec();
            let response: v1::ExecuteResponse =
                self.client.unary(rpc!("Execute"), request.into(), self.options).await?;
            Ok(response.statuses.into_iter().map(CommandResult::from).collect())
        })
    }
}

/// A command's own call: its path and its request.
fn encode(command: Proto) -> (&'static str, bytes::Bytes) {
    macro_rules! encode {
        ($($variant:ident $name:literal),* $(,)?) => {
            match command {
                $(Proto::$variant(request) => (rpc!($name), request.encode_to_vec().into()),)*
            }
        };
    }
    encode!(
        SendToClient "SendToClient", SendToCurrentClient "SendToCurrentClient", SendToAll "SendToAll",
        SendToUid "SendToUid", SendToGroup "SendToGroup", BindUid "BindUid", UnbindUid "UnbindUid",
        JoinGroup "JoinGroup", LeaveGroup "LeaveGroup", Ungroup "Ungroup", SetSession "SetSession",
        UpdateSession "UpdateSession", CloseClient "CloseClient", CloseCurrentClient "CloseCurrentClient",
        DestroyClient "DestroyClient", DestroyCurrentClient "DestroyCurrentClient",
    )
}
