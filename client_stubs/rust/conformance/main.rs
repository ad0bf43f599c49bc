//! The conformance program: the package, driven by JSON lines. What they say is in ../../conformance/README.md.

mod arguments;
mod calls;
mod connection;
mod plain;
mod worker;

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use gatewayworker::{Client, Error, Worker};
use serde_json::{Map, Value, json};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::sync::{Semaphore, watch};

use arguments::Arguments;

pub type Object = Map<String, Value>;

/// Lines that everyone may say; println holds a lock, and flushes each.
pub fn say(line: Value) {
    println!("{line}");
}

#[derive(Default)]
pub struct Program {
    clients: Mutex<HashMap<String, Client>>,
    gates: Mutex<HashMap<String, Arc<Semaphore>>>,
    working: Mutex<Option<(Worker, watch::Receiver<bool>)>>,
    stopped: AtomicBool,
}

impl Program {
    async fn answer(self: Arc<Self>, request: Object) {
        let answered = match text(&request, "do") {
            "call" => self.call(&request).await,
            "work" => self.work(&request).await,
            "open" => {
                self.gate(text(&request, "gate")).close();
                Ok(Value::Null)
            }
            "stop" => self.stop().await,
            other => panic!("nothing is known of {other}"),
        };
        match answered {
            Ok(value) => say(json!({"id": request["id"], "value": value})),
            Err(error) => say(json!({"id": request["id"], "error": plain::error(&error)})),
        }
    }

    async fn call(&self, request: &Object) -> gatewayworker::Result<Value> {
        let client = self.client(request)?;
        let timeout = request.get("timeout").and_then(Value::as_f64).map(Duration::from_secs_f64);
        let arguments = Arguments::new(request["arguments"].as_object().expect("arguments"), None);
        calls::call(&client, text(request, "call"), &arguments, timeout).await
    }

    fn client(&self, request: &Object) -> gatewayworker::Result<Client> {
        let mut clients = self.clients.lock().unwrap();
        let key = connection::key(request);
        if !clients.contains_key(&key) {
            let mut builder = Client::builder();
            if let Some(address) = request.get("address").and_then(Value::as_str) {
                builder = builder.address(address);
            }
            if let Some(tls) = connection::tls(request) {
                builder = builder.tls(tls);
            }
            if let Some(token) = connection::token(request) {
                builder = builder.token(token);
            }
            clients.insert(key.clone(), builder.build()?);
        }
        Ok(clients[&key].clone())
    }

    /// Open when its semaphore is closed.
    pub fn gate(&self, name: &str) -> Arc<Semaphore> {
        self.gates.lock().unwrap().entry(name.to_owned()).or_insert_with(|| Arc::new(Semaphore::new(0))).clone()
    }

    async fn work(self: &Arc<Self>, request: &Object) -> gatewayworker::Result<Value> {
        let (welcomed, mut welcome) = watch::channel(None);
        let worker = worker::make(self, request, welcomed)?;
        let (ended, end) = watch::channel(false);
        *self.working.lock().unwrap() = Some((worker.clone(), end));
        let program = self.clone();
        let serving = tokio::spawn(async move {
            let served = worker.run().await;
            ended.send_replace(true);
            if served.is_ok() && !program.stopped.load(Ordering::SeqCst) {
                std::process::exit(0); // told by a signal to leave, and has left
            }
            served
        });
        tokio::select! {
            Ok(welcome) = welcome.wait_for(Option::is_some) => Ok(plain::welcome(welcome.as_ref().expect("a welcome"))),
            served = serving => served.expect("a worker does not panic").map(|()| Value::Null),
        }
    }

    async fn stop(&self) -> gatewayworker::Result<Value> {
        self.stopped.store(true, Ordering::SeqCst);
        let (worker, mut ended) = self.working.lock().unwrap().clone().expect("a worker");
        worker.stop();
        ended.wait_for(|ended| *ended).await.expect("its task ends with it");
        Ok(Value::Null)
    }
}

pub fn text<'a>(object: &'a Object, name: &str) -> &'a str {
    object[name].as_str().expect("text")
}

/// An error as a result of an action.
pub fn called(call: &str, result: Result<Value, Error>) {
    say(match result {
        Ok(value) => json!({"called": {"call": call, "value": value}}),
        Err(error) => json!({"called": {"call": call, "error": plain::error(&error)}}),
    });
}

#[tokio::main(worker_threads = 2)]
async fn main() -> std::io::Result<()> {
    let program = Arc::new(Program::default());
    let mut lines = BufReader::new(tokio::io::stdin()).lines();
    while let Some(line) = lines.next_line().await? {
        tokio::spawn(program.clone().answer(serde_json::from_str(&line)?));
    }
    std::process::exit(0)
}
