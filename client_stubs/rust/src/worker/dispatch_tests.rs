//! The order of handlers, and what they cost.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::{Semaphore, mpsc};

use super::dispatch::{Dispatcher, Handling, Work};

/// "a1" is the first one of client a.
#[derive(Clone)]
struct Named(&'static str, Arc<AtomicBool>);

impl Work for Named {
    fn client_id(&self) -> &str {
        &self.0[..1]
    }

    fn is_dropped(&self) -> bool {
        self.1.load(Ordering::Relaxed)
    }
}

fn events<const N: usize>(names: [&'static str; N]) -> [Named; N] {
    names.map(|name| Named(name, Arc::default()))
}

/// What handlers did, one line each.
#[derive(Clone)]
struct Journal(mpsc::UnboundedSender<String>);

impl Journal {
    fn new() -> (Self, mpsc::UnboundedReceiver<String>) {
        let (sender, receiver) = mpsc::unbounded_channel();
        (Self(sender), receiver)
    }

    fn say(&self, line: impl Into<String>) {
        self.0.send(line.into()).unwrap();
    }
}

fn dispatcher<F>(concurrency: usize, handle: impl Fn(Named) -> F + Send + Sync + 'static) -> Dispatcher<Named>
where
    F: Future<Output = ()> + Send + 'static,
{
    Dispatcher::new(concurrency, move |event: &Named| -> Handling { Box::pin(handle(event.clone())) })
}

fn all(journal: &mut mpsc::UnboundedReceiver<String>) -> Vec<String> {
    std::iter::from_fn(|| journal.try_recv().ok()).collect()
}

#[tokio::test]
async fn handlers_that_finish_at_once_run_in_order_in_the_task_that_puts_them() {
    let (journal, mut lines) = Journal::new();
    let tasks = Arc::new(Mutex::new(HashSet::new()));
    let seen = tasks.clone();
    let mut dispatcher = dispatcher(1000, move |event| {
        journal.say(event.0);
        seen.lock().unwrap().insert(tokio::task::try_id());
        std::future::ready(())
    });
    let batch = events(["a1", "b1", "a2", "c1", "b2", "a3"]);
    dispatcher.put(batch, || ()).await;
    assert_eq!(all(&mut lines), ["a1", "b1", "a2", "c1", "b2", "a3"]);
    assert_eq!(tasks.lock().unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_that_waits_holds_up_its_own_client_alone() {
    let (journal, mut lines) = Journal::new();
    let gate = Arc::new(Semaphore::new(0));
    let opens = gate.clone();
    let mut dispatcher = dispatcher(1000, move |event| {
        let (journal, gate) = (journal.clone(), gate.clone());
        async move {
            journal.say(format!("{} begins", event.0));
            if event.0 == "a1" {
                drop(gate.acquire().await);
            }
            journal.say(format!("{} ends", event.0));
        }
    });
    dispatcher.put(events(["a1", "a2", "b1", "a3", "b2"]), || ()).await;
    dispatcher.put(events(["a4", "c1"]), || ()).await;
    let before = all(&mut lines);
    assert_eq!(before, ["a1 begins", "b1 begins", "b1 ends", "b2 begins", "b2 ends", "c1 begins", "c1 ends"]);
    opens.add_permits(1);
    dispatcher.finish().await;
    let expected = ["a1 ends", "a2 begins", "a2 ends", "a3 begins", "a3 ends", "a4 begins", "a4 ends"];
    assert_eq!(all(&mut lines), expected);
}

#[tokio::test]
async fn no_more_handlers_wait_than_allowed() {
    let (waiting, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let (gate, counts) = (Arc::new(Semaphore::new(0)), (waiting.clone(), most.clone()));
    let opens = gate.clone();
    let begun = Arc::new(AtomicUsize::new(0));
    let begins = begun.clone();
    let mut dispatcher = dispatcher(3, move |_| {
        let ((waiting, most), gate) = (counts.clone(), gate.clone());
        begins.fetch_add(1, Ordering::Relaxed);
        async move {
            most.fetch_max(waiting.fetch_add(1, Ordering::Relaxed) + 1, Ordering::Relaxed);
            gate.acquire().await.unwrap().forget();
            waiting.fetch_sub(1, Ordering::Relaxed);
        }
    });
    dispatcher.put(events(["a1", "b1", "c1", "d1", "e1", "f1", "g1"]), || ()).await;
    assert_eq!(waiting.load(Ordering::Relaxed), 3);
    opens.add_permits(7);
    while begun.load(Ordering::Relaxed) < 7 {
        dispatcher.room().await;
        dispatcher.pump(|| ()).await;
    }
    dispatcher.finish().await;
    assert_eq!((most.load(Ordering::Relaxed), waiting.load(Ordering::Relaxed)), (3, 0));
}

#[tokio::test]
async fn events_that_are_somebody_elses_by_now_do_not_run() {
    let (journal, mut lines) = Journal::new();
    let gate = Arc::new(Semaphore::new(0));
    let opens = gate.clone();
    let mut dispatcher = dispatcher(1000, move |event| {
        let (journal, gate) = (journal.clone(), gate.clone());
        async move {
            journal.say(event.0);
            drop(gate.acquire().await);
        }
    });
    let batch = events(["a1", "a2", "b1"]);
    dispatcher.put(batch.clone(), || ()).await;
    for event in &batch {
        event.1.store(true, Ordering::Relaxed);
    }
    // It comes again, on another stream: after the handler that still runs.
    dispatcher.put(events(["a2"]), || ()).await;
    assert_eq!(all(&mut lines), ["a1", "b1"]);
    opens.add_permits(1);
    dispatcher.finish().await;
    assert_eq!(all(&mut lines), ["a2"]);
}

#[tokio::test]
async fn handlers_that_wait_are_cancelled_where_they_are() {
    let (journal, mut lines) = Journal::new();
    let mut dispatcher = dispatcher(1, move |event| {
        let journal = journal.clone();
        async move {
            journal.say(event.0);
            std::future::pending().await
        }
    });
    dispatcher.put(events(["a1", "b1"]), || ()).await;
    dispatcher.cancel().await;
    dispatcher.pump(|| ()).await;
    assert_eq!(all(&mut lines), ["a1"]);
}

#[tokio::test]
async fn handlers_that_keep_the_reader_busy_let_others_run() {
    let turns = Arc::new(AtomicUsize::new(0));
    let counted = turns.clone();
    let mut dispatcher = dispatcher(1000, |_| {
        std::thread::sleep(Duration::from_millis(11));
        std::future::ready(())
    });
    dispatcher
        .put(events(["a1", "a2"]), || {
            counted.fetch_add(1, Ordering::Relaxed);
        })
        .await;
    assert_eq!(turns.load(Ordering::Relaxed), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_order_of_each_client_holds_on_many_threads() {
    const NAMES: [&str; 4] = ["a", "b", "c", "d"];
    let seen: Arc<Mutex<HashMap<String, Vec<usize>>>> = Arc::default();
    let noted = seen.clone();
    let mut dispatcher: Dispatcher<(&'static str, usize)> =
        Dispatcher::new(1000, move |&(client, number): &(&'static str, usize)| {
            let seen = noted.clone();
            Box::pin(async move {
                if number % 3 == 0 {
                    tokio::task::yield_now().await;
                }
                seen.lock().unwrap().entry(client.to_owned()).or_default().push(number);
            })
        });
    for number in 0..2000 {
        dispatcher.put(NAMES.map(|name| (name, number)), || ()).await;
    }
    dispatcher.finish().await;
    let expected: Vec<usize> = (0..2000).collect();
    assert!(NAMES.iter().all(|name| seen.lock().unwrap()[*name] == expected));
}

impl Work for (&'static str, usize) {
    fn client_id(&self) -> &str {
        self.0
    }

    fn is_dropped(&self) -> bool {
        false
    }
}
