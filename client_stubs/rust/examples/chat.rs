//! A chat room, with groups and presence.
//!
//! Clients send lines of text: what they say, "/name Ann" to be called so, "/who" to ask who is here. They get JSON:
//! {"type": "say", "from": "Ann", "text": "hi"}, {"type": "system", "text": "Ann is here"}, {"type": "online", "names": […]}
//! The room is a group and names are in sessions: both are kept by the Gateways, so this can be restarted, and run twice.

use gatewayworker::{Client, Event, HandlerResult, Result, Session, Worker};
use serde_json::{Value, json};
use tokio::sync::Mutex;

const ROOM: &str = "chat";

// Or of two clients that come at once, the list without the second may come last.
static ANNOUNCING: Mutex<()> = Mutex::const_new(());

async fn on_connect(worker: Worker, event: Event) -> HandlerResult {
    enter(worker.client(), &event, &guest(&event)).await?;
    Ok(())
}

async fn on_message(worker: Worker, event: Event) -> HandlerResult {
    let client = worker.client();
    let text = event.text();
    let text = text.trim();
    let mut name = name_in(event.session()).to_owned();
    if name.is_empty() {
        name = guest(&event); // the client was there before us
        enter(client, &event, &name).await?;
    }
    let wanted: String = text.strip_prefix("/name ").unwrap_or_default().chars().take(20).collect();
    let wanted = wanted.trim();
    if !wanted.is_empty() && wanted != name {
        enter(client, &event, wanted).await?;
        tell_all(client, json!({"type": "system", "text": format!("{wanted} is here")})).await?;
    } else if text.starts_with('/') {
        client.send_to_current_client(online(client).await?.to_string()).await?;
    } else {
        tell_all(client, json!({"type": "say", "from": name, "text": text})).await?;
    }
    Ok(())
}

async fn on_close(worker: Worker, event: Event) -> HandlerResult {
    let name = name_in(event.session());
    if !name.is_empty() {
        tell_all(worker.client(), json!({"type": "system", "text": format!("{name} has left")})).await?;
        announce(worker.client()).await?;
    }
    Ok(())
}

async fn enter(client: &Client, event: &Event, name: &str) -> Result<()> {
    // The generation keeps a late answer from a stranger: a Gateway that was restarted uses its client_ids again.
    let (client_id, generation) = (event.client_id(), event.generation());
    client.update_session(client_id, [("name", name)]).generation(generation).await?;
    client.join_group(client_id, ROOM).generation(generation).await?;
    announce(client).await
}

async fn announce(client: &Client) -> Result<()> {
    let _one_at_a_time = ANNOUNCING.lock().await;
    tell_all(client, online(client).await?).await
}

async fn online(client: &Client) -> Result<Value> {
    let sessions = client.get_client_sessions_by_group(ROOM).await?;
    let mut names: Vec<&str> = sessions.values().map(name_in).collect();
    names.sort_unstable();
    Ok(json!({"type": "online", "names": names}))
}

async fn tell_all(client: &Client, message: Value) -> Result<()> {
    client.send_to_group(ROOM, message.to_string()).await?;
    Ok(())
}

fn name_in(session: &Session) -> &str {
    session.text("name").unwrap_or_default()
}

fn guest(event: &Event) -> String {
    let number = event.client_id().get(12..).and_then(|digits| u32::from_str_radix(digits, 16).ok());
    format!("guest {}", number.unwrap_or_default())
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    Worker::builder().name("chat").on_connect(on_connect).on_message(on_message).on_close(on_close).run().await
}
