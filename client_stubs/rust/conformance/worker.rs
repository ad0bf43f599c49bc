//! A worker with the handlers that a request wants, and no others.

use std::collections::HashSet;
use std::sync::{Arc, Mutex};

use gatewayworker::{
    BoxError, Event, HandlerResult, Outcome, Result, SessionFreshness, SessionMode, Welcome, Worker, WorkerBuilder,
};
use serde_json::{Value, json};
use tokio::sync::watch;

use crate::arguments::Arguments;
use crate::plain::{self, Plain};
use crate::{Object, Program, called, calls, connection, say, text};

pub fn make(program: &Arc<Program>, request: &Object, welcomed: watch::Sender<Option<Welcome>>) -> Result<Worker> {
    let options = request.get("options").and_then(Value::as_object).cloned().unwrap_or_default();
    let outcome = match options.get("on_error").and_then(Value::as_str) {
        Some("redeliver") => Outcome::Redeliver,
        _ => Outcome::Ack,
    };
    let mut builder = with_options(Worker::builder().name("conformance"), &options)
        .on_attached(move |_, welcome| {
            welcomed.send_if_modified(|first| {
                let is_first = first.is_none();
                first.get_or_insert(welcome);
                is_first
            });
            async {}
        })
        .on_error(move |_, error| {
            say(json!({"failed": error.to_string()}));
            outcome
        })
        .on_command_error(|error| say(json!({"command_failed": plain::command_error(error)})));
    if let Some(tls) = connection::tls(request) {
        builder = builder.tls(tls);
    }
    if let Some(token) = connection::token(request) {
        builder = builder.token(token);
    }
    let quiet = request.get("quiet").and_then(Value::as_bool).unwrap_or_default();
    let thrown = Arc::new(Mutex::new(HashSet::new()));
    for (kind, actions) in request["handlers"].as_object().expect("handlers") {
        let actor =
            Actor { program: program.clone(), actions: Arc::new(actions.clone()), quiet, thrown: thrown.clone() };
        let handler = move |worker, event| actor.clone().handle(worker, event);
        builder = match kind.as_str() {
            "connect" => builder.on_connect(handler),
            "websocket_connect" => builder.on_websocket_connect(handler),
            "message" => builder.on_message(handler),
            "close" => builder.on_close(handler),
            other => panic!("no kind {other}"),
        };
    }
    builder.build()
}

fn with_options(mut builder: WorkerBuilder, options: &Object) -> WorkerBuilder {
    for (name, value) in options {
        let number = value.as_u64().unwrap_or_default();
        let flag = value.as_bool().unwrap_or_default();
        let text = value.as_str().unwrap_or_default();
        builder = match name.as_str() {
            "name" => builder.name(text),
            "window_events" => builder.window_events(number as u32),
            "window_bytes" => builder.window_bytes(number),
            "max_message_bytes" => builder.max_message_bytes(number),
            "session_mode" => builder.session_mode(match text {
                "NONE" => SessionMode::None,
                "RAW" => SessionMode::Raw,
                _ => SessionMode::Decoded,
            }),
            "session_freshness" => builder.session_freshness(match text {
                "AS_SENT" => SessionFreshness::AsSent,
                _ => SessionFreshness::Fresh,
            }),
            "ack_on_send" => builder.ack_on_send(flag),
            "keep_links" => builder.keep_links(flag),
            "on_error" => builder,
            other => panic!("no option {other}"),
        };
    }
    builder
}

#[derive(Clone)]
struct Actor {
    program: Arc<Program>,
    actions: Arc<Value>,
    quiet: bool,
    thrown: Arc<Mutex<HashSet<String>>>,
}

impl Actor {
    async fn handle(self, worker: Worker, event: Event) -> HandlerResult {
        if !self.quiet {
            say(json!({"event": plain::event(&event)}));
        }
        let actions = self.actions.get(event.text().as_ref()).or_else(|| self.actions.get("*"));
        for action in actions.and_then(Value::as_array).into_iter().flatten() {
            self.act(&worker, &event, action.as_object().expect("an action")).await?;
        }
        Ok(())
    }

    async fn act(&self, worker: &Worker, event: &Event, action: &Object) -> HandlerResult {
        let arguments = || Arguments::new(action["arguments"].as_object().expect("arguments"), Some(event.client_id()));
        match text(action, "do") {
            "echo" => worker.send_to_current_client(event.body())?,
            "command" => worker.command(calls::command(text(action, "command"), &arguments()))?,
            "call" => {
                let name = text(action, "call");
                called(name, calls::call(worker.client(), name, &arguments(), None).await);
            }
            "sync" => called("sync", worker.sync().await.map(Plain::plain)),
            "wait" => drop(self.program.gate(text(action, "gate")).acquire().await), // an error: it is open
            "throw" => return Err(BoxError::from(text(action, "text"))),
            "throw_once" => {
                let what = text(action, "text").to_owned();
                if self.thrown.lock().unwrap().insert(what.clone()) {
                    return Err(what.into());
                }
            }
            other => panic!("no action {other}"),
        }
        Ok(())
    }
}
