//! Every call and every command by its name.

use std::collections::HashMap;
use std::time::Duration;

use gatewayworker::{Client, Command, Result, Session, commands};
use serde_json::Value;

use crate::arguments::Arguments;
use crate::plain::Plain;

/// A command to one client, of the client or of the commands as values: `$on` is what stands before the name.
macro_rules! to_client {
    ($name:expr, $arguments:ident, $($on:tt)+) => {{
        let client_id = $arguments.text("client_id");
        let made = match $name {
            "send_to_client" => $($on)+ send_to_client(client_id, $arguments.message()),
            "send_to_current_client" => $($on)+ send_to_current_client($arguments.message()).client_id(client_id),
            "bind_uid" => $($on)+ bind_uid(client_id, $arguments.text("uid")),
            "unbind_uid" => $($on)+ unbind_uid(client_id, $arguments.text("uid")),
            "join_group" => $($on)+ join_group(client_id, $arguments.text("group")),
            "leave_group" => $($on)+ leave_group(client_id, $arguments.text("group")),
            "set_session" => $($on)+ set_session(client_id, $arguments.session()),
            "update_session" => $($on)+ update_session(client_id, $arguments.session()),
            "close_client" => $($on)+ close_client(client_id),
            "close_current_client" => $($on)+ close_current_client().client_id(client_id),
            "destroy_client" => $($on)+ destroy_client(client_id),
            "destroy_current_client" => $($on)+ destroy_current_client().client_id(client_id),
            other => panic!("no call {other}"),
        };
        let made = if $arguments.flag("confirm") { made.confirm() } else { made };
        let made = if $arguments.flag("require_online") { made.require_online() } else { made };
        let made = match $arguments.optional_message() {
            Some(message) if $name.starts_with("close") => made.message(message),
            _ => made,
        };
        match $arguments.optional("generation") {
            Some(generation) => made.generation(generation),
            None => made,
        }
    }};
}

/// A command to many clients, likewise.
macro_rules! to_many {
    ($name:expr, $arguments:ident, $($on:tt)+) => {{
        let made = match $name {
            "send_to_all" => $($on)+ send_to_all($arguments.message()),
            "send_to_uid" => $($on)+ send_to_uid($arguments.list("uids"), $arguments.message()),
            "send_to_group" => $($on)+ send_to_group($arguments.list("groups"), $arguments.message()),
            _ => $($on)+ ungroup($arguments.text("group")),
        };
        let made = match $arguments.optional_list("client_ids") {
            Some(client_ids) => made.only(client_ids),
            None => made,
        };
        let made = match $arguments.optional_list("exclude") {
            Some(client_ids) => made.exclude(client_ids),
            None => made,
        };
        if $arguments.flag("confirm") { made.confirm() } else { made }
    }};
}

pub fn command(name: &str, arguments: &Arguments) -> Command {
    match name {
        "send_to_all" | "send_to_uid" | "send_to_group" | "ungroup" => to_many!(name, arguments, commands::).into(),
        _ => to_client!(name, arguments, commands::).into(),
    }
}

pub async fn call(client: &Client, name: &str, arguments: &Arguments<'_>, timeout: Option<Duration>) -> Result<Value> {
    macro_rules! ask {
        ($call:expr) => {{
            let call = $call;
            let call = if let Some(timeout) = timeout { call.timeout(timeout) } else { call };
            call.await?.plain()
        }};
    }
    let (client_id, uid, group) = (arguments.text("client_id"), arguments.text("uid"), arguments.text("group"));
    Ok(match name {
        "send_to_all" | "send_to_uid" | "send_to_group" | "ungroup" => ask!(to_many!(name, arguments, client.)),
        "is_online" => ask!(client.is_online(client_id)),
        "is_uid_online" => ask!(client.is_uid_online(uid)),
        "get_session" => ask!(client.get_session(client_id)),
        "get_uid_by_client_id" => ask!(client.get_uid_by_client_id(client_id)),
        "get_all_client_count" => ask!(client.get_all_client_count()),
        "get_all_uid_count" => ask!(client.get_all_uid_count()),
        "get_client_count_by_group" => ask!(client.get_client_count_by_group(group)),
        "get_uid_count_by_group" => ask!(client.get_uid_count_by_group(group)),
        "get_all_group_client_id_count" => ask!(client.get_all_group_client_id_count()),
        "get_all_group_uid_count" => ask!(client.get_all_group_uid_count()),
        "get_client_count_by_groups" => ask!(client.get_client_count_by_groups(arguments.list("groups"))),
        "get_all_client_sessions" => ask!(client.get_all_client_sessions(arguments.optional("group"))),
        "get_client_sessions_by_group" => ask!(client.get_client_sessions_by_group(group)),
        "get_all_client_id_list" => ask!(client.get_all_client_id_list()),
        "get_client_id_list_by_group" => ask!(client.get_client_id_list_by_group(group)),
        "get_client_id_by_uid" => ask!(client.get_client_id_by_uid(uid)),
        "get_client_id_by_uids" => ask!(client.get_client_id_by_uids(arguments.list("uids"))),
        "get_uid_list_by_group" => ask!(client.get_uid_list_by_group(group)),
        "get_all_uid_list" => ask!(client.get_all_uid_list()),
        "get_all_group_id_list" => ask!(client.get_all_group_id_list()),
        "get_all_group_uid_list" => ask!(client.get_all_group_uid_list()),
        "get_all_group_client_id_list" => ask!(client.get_all_group_client_id_list()),
        "select" => ask!(select(client, arguments)),
        "are_online" => ask!(client.are_online(arguments.list("client_ids"))),
        "get_sessions" => ask!(client.get_sessions(arguments.list("client_ids"))),
        "execute" => {
            ask!(client.execute(arguments.commands().iter().map(|(name, arguments)| command(name, arguments))))
        }
        "stream_all_client_id_list" => client.stream_all_client_id_list().collect::<Vec<_>>().await?.plain(),
        "stream_all_uid_list" => client.stream_all_uid_list().collect::<Vec<_>>().await?.plain(),
        "stream_all_client_sessions" => {
            let sessions = client.stream_all_client_sessions(arguments.optional("group"));
            sessions.collect::<HashMap<String, Session>>().await?.plain()
        }
        _ => ask!(to_client!(name, arguments, client.)),
    })
}

fn select(client: &Client, arguments: &Arguments) -> gatewayworker::Select {
    let mut select = client.select(arguments.fields());
    if let Some(client_ids) = arguments.optional_list("client_ids") {
        select = select.client_ids(client_ids);
    }
    if let Some(groups) = arguments.optional_list("groups") {
        select = select.groups(groups);
    }
    if let Some(uids) = arguments.optional_list("uids") {
        select = select.uids(uids);
    }
    select
}
