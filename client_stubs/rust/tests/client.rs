//! What a Client has, where it goes, and what it says. What the real daemon answers: ../../conformance.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use crate::daemon::{Daemon, soon};
use gatewayworker::{Client, Code, Error, Token};

async fn client_of(daemon: &Daemon) -> Client {
    Client::builder().address(daemon.serve().await).build().unwrap()
}

/// The sources of the package below `folder`.
fn sources(folder: &str) -> String {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    files.filter(|path| path.is_file()).map(|path| std::fs::read_to_string(path).unwrap()).collect()
}

fn snake(name: &str) -> String {
    let separated = name.char_indices().map(|(at, letter)| match letter.is_uppercase() && at > 0 {
        true => format!("_{}", letter.to_lowercase()),
        false => letter.to_lowercase().to_string(),
    });
    separated.collect()
}

#[test]
fn every_call_of_the_service_is_there() {
    let (generated, client) = (sources("src/generated"), sources("src/client"));
    let calls = generated.split("\"/gatewayworker.v1.GatewayService/").skip(1);
    let mut names: Vec<&str> = calls.filter_map(|rest| rest.split('"').next()).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), 45);
    let lacks = |name: &&str| !client.contains(&format!("pub fn {}", snake(name)));
    assert_eq!(names.into_iter().filter(lacks).collect::<Vec<_>>(), [""; 0]);
}

#[test]
fn every_command_is_there_as_a_value_and_on_the_stream() {
    let generated = sources("src/generated");
    let oneof = generated.split("pub mod command {").nth(1).unwrap().split("\n}").next().unwrap();
    let commands: Vec<&str> = oneof.split("(super::").skip(1).filter_map(|rest| rest.split("Request").next()).collect();
    assert_eq!(commands.len(), 16);
    for place in [std::fs::read_to_string("src/commands.rs").unwrap(), sources("src/worker")] {
        let lacks = |name: &&&str| !place.contains(&format!("pub fn {}(", snake(name)));
        assert_eq!(commands.iter().filter(lacks).collect::<Vec<_>>(), [&""; 0]);
    }
}

#[tokio::test]
async fn errors_say_what_the_metadata_says() {
    let client = client_of(&Daemon::default()).await;
    let error = soon(client.get_session("x").into_future()).await.unwrap_err();
    assert!(matches!(error, Error::NotFound(_)) && error.code() == Code::NotFound);
    let details = error.details();
    assert_eq!(details.message, "client_id is offline");
    assert_eq!((details.field.as_deref(), details.reason.as_deref()), (Some("client_id"), Some("offline")));
    assert_eq!(details.gateways, ["a:1", "b:2"]);
}

#[tokio::test]
async fn nobody_there_is_unavailable() {
    let client = Client::builder().address("unix:/nonexistent/gatewayd.sock").build().unwrap();
    let error = soon(client.is_online("x").into_future()).await.unwrap_err();
    assert!(matches!(error, Error::Unavailable(_)), "{error}");
}

#[tokio::test]
async fn the_timeout_is_the_clients_or_the_calls() {
    let daemon = Daemon::default();
    let address = daemon.serve().await;
    let hasty = Client::builder().address(&address).timeout(Duration::from_millis(20)).build().unwrap();
    let error = soon(hasty.is_online("silent").into_future()).await.unwrap_err();
    assert!(matches!(error, Error::DeadlineExceeded(_)), "{error}");
    let patient = Client::builder().address(&address).timeout(None).build().unwrap();
    let call = patient.is_online("silent").timeout(Duration::from_millis(20));
    assert_eq!(soon(call.into_future()).await.unwrap_err().code(), Code::DeadlineExceeded);
    assert!(daemon.metadata()[0].contains_key("grpc-timeout"));
}

#[tokio::test]
async fn a_token_is_asked_for_each_call() {
    let daemon = Daemon::default();
    let asked = AtomicUsize::new(0);
    let token = Token::from_fn(move || format!("t{}", asked.fetch_add(1, Ordering::Relaxed)));
    let client = Client::builder().address(daemon.serve().await).token(token).build().unwrap();
    for _ in 0..2 {
        assert!(soon(client.is_online("x").into_future()).await.unwrap());
    }
    let tokens: Vec<_> = daemon.metadata().iter().map(|metadata| metadata["authorization"].clone()).collect();
    assert_eq!(tokens, ["Bearer t0", "Bearer t1"]);
}

#[tokio::test]
async fn who_is_missing_is_an_error_or_named() {
    let client = client_of(&Daemon::default()).await;
    let error = soon(client.get_all_client_count().into_future()).await.unwrap_err();
    assert_eq!(error.code(), Code::Unavailable);
    let partial = soon(client.get_all_client_count().partial_ok().into_future()).await.unwrap();
    assert_eq!((partial.value, partial.missing[0].gateway.as_str()), (5, "g"));
}

#[tokio::test]
async fn an_answer_above_the_limit_is_resource_exhausted() {
    let daemon = Daemon::default();
    let address = daemon.serve().await;
    let small = Client::builder().address(&address).build().unwrap();
    let error = soon(small.get_all_client_id_list().into_future()).await.unwrap_err();
    assert!(matches!(error, Error::ResourceExhausted(_)), "{error}");
    let large = Client::builder().address(&address).max_message_bytes(8 << 20).build().unwrap();
    assert_eq!(soon(large.get_all_client_id_list().into_future()).await.unwrap().len(), 5);
}

#[tokio::test]
async fn a_listing_gives_what_came_before_its_error() {
    let client = client_of(&Daemon::default()).await;
    let mut listing = client.stream_all_client_id_list();
    let mut came = Vec::new();
    let error = loop {
        match soon(listing.next()).await.unwrap() {
            Ok(client_id) => came.push(client_id),
            Err(error) => break error,
        }
    };
    assert_eq!((came, error.code()), (vec!["a".into(), "b".into(), "c".into()], Code::Unavailable));
    assert!(soon(listing.next()).await.is_none());

    let mut partial = client.stream_all_client_id_list().partial_ok().timeout(Duration::from_secs(30));
    while let Some(client_id) = soon(partial.next()).await {
        client_id.unwrap();
    }
    assert_eq!(partial.missing()[0].reason, "lost");
    let all: Vec<String> = soon(client.stream_all_client_id_list().partial_ok().collect()).await.unwrap();
    assert_eq!(all, ["a", "b", "c"]);
}

#[tokio::test]
async fn calls_can_be_awaited_in_other_tasks() {
    let client = client_of(&Daemon::default()).await;
    let call = tokio::spawn(client.is_online("x").into_future());
    assert!(soon(call).await.unwrap().unwrap());
}
