//! A Worker on a daemon that does as a test wants. What it does on a real one: ../../conformance.

use std::future::Future;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::daemon::{Daemon, failure, messages, response, soon};
use gatewayworker::v1::attach_response::Message as Said;
use gatewayworker::v1::command::Command;
use gatewayworker::v1::{self, NumberedCommand};
use gatewayworker::{
    Code, Error, Event, HandlerResult, Outcome, SessionMode, Worker, WorkerBuilder, commands, current_event,
};
use tokio::sync::{Semaphore, mpsc, oneshot};
use tokio::task::JoinHandle;
use tonic::Status;

type Requests = mpsc::UnboundedReceiver<v1::AttachRequest>;

const MS: Duration = Duration::from_millis(1);

fn serve(worker: &Worker) -> JoinHandle<gatewayworker::Result<()>> {
    let worker = worker.clone();
    tokio::spawn(async move { worker.serve().await })
}

/// Serves the worker until something has happened, then stops it.
async fn serve_until<T>(worker: &Worker, happened: impl Future<Output = T>) -> T {
    let serving = serve(worker);
    let result = soon(happened).await;
    worker.stop();
    soon(serving).await.unwrap().unwrap();
    result
}

async fn at(daemon: &Daemon) -> WorkerBuilder {
    Worker::builder().address(daemon.serve().await).backoff(MS, 2 * MS)
}

async fn echo(worker: Worker, event: Event) -> HandlerResult {
    Ok(worker.send_to_current_client(event.body())?)
}

async fn nothing(_: Worker, _: Event) -> HandlerResult {
    Ok(())
}

/// All requests up to one that acknowledges.
async fn until_acked(requests: &mut Requests) -> Vec<v1::AttachRequest> {
    let mut came = Vec::new();
    while let Some(request) = requests.recv().await {
        let acks = request.acks.is_some();
        came.push(request);
        if acks {
            break;
        }
    }
    came
}

fn bodies(commands: &[NumberedCommand]) -> Vec<Vec<u8>> {
    let body = |command: &NumberedCommand| match &command.command.as_ref()?.command {
        Some(Command::SendToCurrentClient(request)) => match request.message.as_ref()?.payload.as_ref()? {
            v1::message::Payload::Data(data) => Some(data.to_vec()),
            v1::message::Payload::Text(text) => Some(text.clone().into()),
        },
        _ => None,
    };
    commands.iter().filter_map(body).collect()
}

fn numbers(count: usize) -> Vec<Vec<u8>> {
    (0..count).map(|number| number.to_string().into()).collect()
}

#[tokio::test]
async fn the_hello_says_what_is_wanted() {
    let daemon = Daemon::default();
    let _requests = daemon.sends([]);
    let (attached, welcome) = oneshot::channel();
    let attached = Mutex::new(Some(attached));
    let worker = at(&daemon).await.name("some").on_connect(nothing).on_close(nothing).token("t").window_events(5);
    let worker = worker.window_bytes(6).max_message_bytes(100_000).session_mode(SessionMode::Raw).ack_on_send(true);
    let worker = worker.on_attached(move |_, welcome| {
        let first = attached.lock().unwrap().take();
        first.into_iter().for_each(|attached| attached.send(welcome.clone()).unwrap());
        async {}
    });
    let welcome = serve_until(&worker.build().unwrap(), welcome).await.unwrap();
    assert_eq!((welcome.version.as_str(), welcome.window_events), ("fake", 10));
    let hello = &daemon.hellos()[0];
    assert_eq!((hello.worker_name.as_str(), hello.window_events, hello.window_bytes), ("some", 5, 6));
    assert_eq!(hello.kinds().collect::<Vec<_>>(), [v1::EventKind::Connect, v1::EventKind::Close]);
    assert_eq!((hello.session_mode(), hello.ack_mode()), (v1::SessionMode::Raw, v1::AckMode::OnSend));
    assert_eq!((hello.max_message_bytes, hello.session_freshness()), (100_000, v1::SessionFreshness::Fresh));
    assert_eq!(daemon.metadata()[0]["authorization"], "Bearer t");
}

#[tokio::test]
async fn a_batch_is_answered_by_one_request_with_one_acknowledgement() {
    let daemon = Daemon::default();
    let mut requests = daemon.sends([messages("c1", 1, numbers(100))]);
    let worker = at(&daemon).await.on_message(echo).build().unwrap();
    let answer = serve_until(&worker, until_acked(&mut requests)).await;
    assert_eq!(answer.len(), 1);
    assert_eq!(bodies(&answer[0].commands), numbers(100));
    assert!(answer[0].commands.iter().zip(1..).all(|(command, id)| command.event_id == id && command.number == id));
    assert_eq!(answer[0].acks.as_ref().unwrap().up_to, 100);
    let leave = requests.recv().await.unwrap().leave.unwrap();
    assert_eq!(leave.mode(), v1::LeaveMode::CloseLinks);
}

#[tokio::test]
async fn large_answers_are_cut_into_requests() {
    use prost::Message;
    let daemon = Daemon::default();
    let mut requests = daemon.sends([messages("c1", 1, vec![vec![b'x'; 400_000]; 9])]);
    let worker = at(&daemon).await.on_message(echo).build().unwrap();
    let answer = serve_until(&worker, until_acked(&mut requests)).await;
    assert_eq!(answer.iter().map(|request| request.commands.len()).sum::<usize>(), 9);
    assert!(answer.iter().all(|request| request.encoded_len() < (1 << 20) + 1000));
}

#[tokio::test]
async fn only_what_is_done_is_acknowledged() {
    let daemon = Daemon::default();
    let mut requests = daemon.sends([messages("slow", 1, numbers(1)), messages("c1", 2, numbers(2))]);
    let gate = Arc::new(Semaphore::new(0));
    let opens = gate.clone();
    let slow = move |_: Worker, event: Event| {
        let gate = gate.clone();
        async move {
            if event.client_id() == "slow" {
                drop(gate.acquire().await?);
            }
            HandlerResult::Ok(())
        }
    };
    let worker = at(&daemon).await.on_message(slow).keep_links(true).build().unwrap();
    let serving = serve(&worker);
    let first = soon(until_acked(&mut requests)).await.pop().unwrap().acks.unwrap();
    assert_eq!((first.ids, first.up_to), (vec![2, 3], 0));
    opens.add_permits(1);
    let then = soon(until_acked(&mut requests)).await.pop().unwrap().acks.unwrap();
    assert_eq!((then.ids, then.up_to), (vec![], 3));
    worker.stop();
    soon(serving).await.unwrap().unwrap();
    assert_eq!(requests.recv().await.unwrap().leave.unwrap().mode(), v1::LeaveMode::KeepLinks);
}

#[tokio::test]
async fn the_current_client_is_in_the_metadata_of_calls_of_its_handler_alone() {
    let daemon = Daemon::default();
    let mut requests = daemon.sends([messages("7f", 1, numbers(1))]);
    let calls = |worker: Worker, event: Event| async move {
        assert_eq!(current_event().unwrap().id(), event.id());
        let call = worker.client().send_to_current_client("hi");
        tokio::spawn(call.into_future()).await??; // wherever it is awaited
        HandlerResult::Ok(())
    };
    let worker = at(&daemon).await.on_message(calls).build().unwrap();
    serve_until(&worker, async {
        until_acked(&mut requests).await;
        worker.client().is_online("x").await.unwrap();
    })
    .await;
    assert!(current_event().is_none());
    let metadata = daemon.metadata();
    let named: Vec<_> = metadata.iter().filter_map(|call| call.get("gateway-client-id")).collect();
    assert_eq!(named, ["7f"]);
    assert_eq!(metadata[1]["gateway-generation"], "g1");
}

#[tokio::test]
async fn a_task_that_outlives_its_event_names_the_client_itself() {
    let daemon = Daemon::default();
    let mut requests = daemon.sends([messages("7f", 1, numbers(1))]);
    let (acked, late) = oneshot::channel::<()>();
    let late = Arc::new(Mutex::new(Some(late)));
    let handler = move |worker: Worker, event: Event| {
        let late = late.lock().unwrap().take().unwrap();
        tokio::spawn(event.scope(async move {
            late.await.unwrap();
            worker.send_to_current_client("late").unwrap();
        }));
        async { HandlerResult::Ok(()) }
    };
    let worker = at(&daemon).await.on_message(handler).build().unwrap();
    let request = serve_until(&worker, async {
        until_acked(&mut requests).await;
        acked.send(()).unwrap();
        requests.recv().await.unwrap()
    })
    .await;
    assert_eq!(request.commands[0].event_id, 0);
    let Some(Command::SendToCurrentClient(sent)) = &request.commands[0].command.as_ref().unwrap().command else {
        panic!("{request:?}")
    };
    assert_eq!((sent.client_id.as_str(), sent.generation.as_str()), ("7f", "g1"));
}

#[tokio::test]
async fn commands_outside_of_handlers() {
    let daemon = Daemon::default();
    let mut requests = daemon.sends([]);
    let (attached, mut welcome) = mpsc::unbounded_channel();
    let worker = at(&daemon).await.on_message(nothing).on_attached(move |_, _| {
        attached.send(()).unwrap();
        async {}
    });
    let worker = worker.build().unwrap();
    assert!(matches!(worker.send_to_all("hi"), Err(Error::Unavailable(_))));
    let nobody = worker.send_to_current_client("hi").unwrap_err();
    assert_eq!(nobody.details().field.as_deref(), Some("client_id"));
    let request = serve_until(&worker, async {
        welcome.recv().await.unwrap();
        worker.command(commands::send_to_all("hi").exclude("7f")).unwrap();
        requests.recv().await.unwrap()
    })
    .await;
    assert_eq!((request.commands[0].number, request.commands[0].event_id), (0, 0));
    assert!(matches!(worker.serve().await, Err(Error::FailedPrecondition(_))));
}

#[tokio::test]
async fn it_attaches_again_until_a_daemon_stays() {
    let daemon = Daemon::default();
    let attaches = Arc::new(AtomicUsize::new(0));
    let (counted, (enough, attached)) = (attaches.clone(), mpsc::unbounded_channel());
    let mut attached: mpsc::UnboundedReceiver<()> = attached;
    daemon.attached(move |stream| {
        let (number, enough) = (counted.fetch_add(1, Ordering::Relaxed), enough.clone());
        async move {
            if number < 3 {
                return Err(Status::unavailable("going"));
            }
            enough.send(()).unwrap();
            stream.forward(mpsc::unbounded_channel().0).await
        }
    });
    let worker = at(&daemon).await.on_message(echo).build().unwrap();
    serve_until(&worker, attached.recv()).await;
    assert_eq!(attaches.load(Ordering::Relaxed), 4);
}

#[tokio::test]
async fn what_trying_again_does_not_heal_is_an_error() {
    let daemon = Daemon::default();
    daemon.attached(|_| async { Err(Status::invalid_argument("hello.kinds")) });
    let worker = at(&daemon).await.on_message(echo).build().unwrap();
    let error = soon(worker.serve()).await.unwrap_err();
    assert_eq!((error.code(), error.details().message.as_str()), (Code::InvalidArgument, "hello.kinds"));
}

#[tokio::test]
async fn redelivery_says_what_is_done_and_attaches_again() {
    let daemon = Daemon::default();
    let (to, mut requests) = mpsc::unbounded_channel();
    let mut first = true;
    daemon.attached(move |mut stream| {
        let (is_first, to) = (std::mem::take(&mut first), to.clone());
        async move {
            let batch: &[&[u8]] = if is_first { &[b"good", b"bad", b"never"] } else { &[b"bad"] };
            stream.send(messages("c1", 1, batch.iter().map(|body| body.to_vec()))).await;
            while let Some(request) = stream.next().await {
                let leaves = request.leave.is_some();
                to.send((is_first, request)).unwrap();
                if leaves {
                    break;
                }
            }
            Ok(())
        }
    });
    let failed = Arc::new(AtomicBool::new(false));
    let handler = move |worker: Worker, event: Event| {
        let fails = event.body() == "bad" && !failed.swap(true, Ordering::Relaxed);
        async move { if fails { Err("bad".into()) } else { echo(worker, event).await } }
    };
    let worker = at(&daemon).await.on_message(handler).on_error(|_, _| Outcome::Redeliver).build().unwrap();
    let came = serve_until(&worker, async {
        let mut came = Vec::new();
        while came.iter().filter(|(_, request): &&(bool, v1::AttachRequest)| request.acks.is_some()).count() < 2 {
            came.push(requests.recv().await.unwrap());
        }
        came
    })
    .await;
    let said = |first: bool| came.iter().filter(move |(is_first, _)| *is_first == first).map(|(_, request)| request);
    let sent = |first| said(first).flat_map(|request| bodies(&request.commands)).collect::<Vec<_>>();
    assert_eq!((sent(true), sent(false)), (vec![b"good".to_vec()], vec![b"bad".to_vec()]));
    assert_eq!(said(true).filter_map(|request| request.acks.clone()).next().unwrap().ids, [1]);
}

#[tokio::test]
async fn what_a_handler_sends_to_a_dead_stream_is_dropped() {
    let daemon = Daemon::default();
    let (to, mut requests) = mpsc::unbounded_channel();
    let mut first = true;
    daemon.attached(move |stream| {
        let (is_first, to) = (std::mem::take(&mut first), to.clone());
        async move {
            stream.send(messages("c1", 1, [b"again".to_vec()])).await;
            if is_first {
                return Err(Status::unavailable("going"));
            }
            stream.forward(to).await
        }
    });
    let (gate, runs) = (Arc::new(Semaphore::new(0)), Arc::new(AtomicUsize::new(0)));
    let (opens, counted) = (gate.clone(), runs.clone());
    let handler = move |worker: Worker, event: Event| {
        let gate = gate.clone();
        let first = counted.fetch_add(1, Ordering::Relaxed) == 0;
        async move {
            if first {
                gate.acquire().await?.forget();
            }
            assert_eq!(worker.sync_within(MS).await.is_err(), first);
            echo(worker, event).await
        }
    };
    let (attached, mut welcomes) = mpsc::unbounded_channel();
    let worker = at(&daemon).await.on_message(handler).on_attached(move |_, _| {
        attached.send(()).unwrap();
        async {}
    });
    let worker = worker.build().unwrap();
    let serving = serve(&worker);
    for _ in 0..2 {
        soon(welcomes.recv()).await.unwrap();
    }
    opens.add_permits(1); // the handler of the old stream goes on, the event of the new one comes after it
    let sync = soon(requests.recv()).await.unwrap();
    assert!(sync.commands.is_empty() && sync.sync.is_some());
    worker.stop();
    worker.stop();
    soon(serving).await.unwrap().unwrap();
    assert_eq!(runs.load(Ordering::Relaxed), 2);
}

#[tokio::test]
async fn errors_and_panics_come_to_the_hook_and_count_as_done() {
    let daemon = Daemon::default();
    let mut requests = daemon.sends([messages("c1", 1, ["error", "panic", "late"].map(Vec::from))]);
    let (failed, mut texts) = mpsc::unbounded_channel();
    let handler = |_: Worker, event: Event| async move {
        match event.text().as_ref() {
            "error" => Err("an error".into()),
            "panic" => panic!("a {}", "panic"),
            _ => {
                tokio::task::yield_now().await;
                panic!("later")
            }
        }
    };
    let worker = at(&daemon).await.on_message(handler).on_error(move |event, error| {
        failed.send(format!("{} {error}", event.id())).unwrap();
        if event.id() == 3 { panic!("the hook too") } else { Outcome::Ack }
    });
    let worker = worker.build().unwrap();
    serve_until(&worker, async { while until_acked(&mut requests).await.pop().unwrap().acks.unwrap().up_to != 3 {} })
        .await;
    let expected = ["1 an error", "2 it panicked: a panic", "3 it panicked: later"];
    assert_eq!([texts.recv().await, texts.recv().await, texts.recv().await].map(Option::unwrap), expected);
}

#[tokio::test]
async fn sync_returns_who_is_not_known_and_fails_with_the_stream() {
    let daemon = Daemon::default();
    daemon.attached(|mut stream| async move {
        while let Some(request) = stream.next().await {
            match request.sync.map(|sync| sync.number) {
                Some(1) => {
                    let unknown = vec![failure("g", "lost")];
                    stream.send(response(Said::Synced(v1::Synced { number: 1, unknown }))).await;
                }
                Some(_) => return Err(Status::unavailable("going")),
                None if request.leave.is_some() => break,
                None => {}
            }
        }
        Ok(())
    });
    let (attached, mut welcome) = mpsc::unbounded_channel();
    let worker = at(&daemon).await.on_message(echo).on_attached(move |_, _| {
        attached.send(()).unwrap();
        async {}
    });
    let worker = worker.build().unwrap();
    assert!(matches!(worker.sync().await, Err(Error::Unavailable(_))));
    serve_until(&worker, async {
        welcome.recv().await.unwrap();
        assert_eq!(worker.sync().await.unwrap()[0].gateway, "g");
        assert!(matches!(worker.sync().await, Err(Error::Unavailable(_))));
        welcome.recv().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn commands_that_fail_come_to_their_hook() {
    let daemon = Daemon::default();
    let status = v1::CommandStatus { code: 3, message: "client_id".into(), delivery: None };
    let errors = vec![v1::CommandError { number: 7, status: Some(status) }];
    let _requests = daemon.sends([response(Said::CommandErrors(v1::CommandErrors { errors }))]);
    let (failed, mut errors) = mpsc::unbounded_channel();
    let worker = at(&daemon).await.on_message(nothing).on_command_error(move |error| {
        failed.send(error.clone()).unwrap();
        panic!("a hook that panics harms nobody");
    });
    let error = serve_until(&worker.build().unwrap(), errors.recv()).await.unwrap();
    assert_eq!((error.event_id, error.code, error.message.as_str()), (7, Code::InvalidArgument, "client_id"));
}

#[tokio::test]
async fn at_most_once_acknowledges_nothing() {
    let daemon = Daemon::default();
    let mut requests = daemon.sends([messages("c1", 1, numbers(3))]);
    let worker = at(&daemon).await.on_message(echo).ack_on_send(true).build().unwrap();
    let request = serve_until(&worker, requests.recv()).await.unwrap();
    assert_eq!((bodies(&request.commands), request.acks), (numbers(3), None));
}

#[tokio::test]
async fn stopping_while_nobody_is_there_ends_at_once() {
    let worker = Worker::builder().address("unix:/nonexistent/none.sock").on_message(echo).build().unwrap();
    let serving = serve(&worker);
    tokio::task::yield_now().await;
    worker.stop();
    soon(serving).await.unwrap().unwrap();
}

#[tokio::test]
async fn a_second_stop_cuts_it_short_and_ends_the_handlers() {
    struct Ended(mpsc::UnboundedSender<()>);
    impl Drop for Ended {
        fn drop(&mut self) {
            let _ = self.0.send(());
        }
    }
    let daemon = Daemon::default();
    let mut requests = daemon.sends([messages("c1", 1, numbers(1))]);
    let (begins, mut begun) = mpsc::unbounded_channel();
    let (ends, mut ended) = mpsc::unbounded_channel();
    let stuck = move |_: Worker, _: Event| {
        begins.send(()).unwrap();
        let ended = Ended(ends.clone());
        async move {
            std::future::pending::<()>().await;
            drop(ended);
            HandlerResult::Ok(())
        }
    };
    let worker = at(&daemon).await.on_message(stuck).build().unwrap();
    let serving = serve(&worker);
    soon(begun.recv()).await.unwrap();
    worker.stop();
    assert!(soon(requests.recv()).await.unwrap().leave.is_some());
    worker.stop();
    soon(serving).await.unwrap().unwrap();
    soon(ended.recv()).await.unwrap();
}
