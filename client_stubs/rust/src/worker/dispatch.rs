//! Handlers beside each other, and each client's one after the other.

use std::collections::{HashMap, VecDeque};
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Poll;
use std::time::{Duration, Instant};

use tokio::task::JoinSet;

/// How long handlers that never wait may keep the reader to themselves before what is done is sent.
const TURN: Duration = Duration::from_millis(10);

/// An event, as far as its order goes.
pub(super) trait Work: Send + Sync + 'static {
    /// Whose turn it is.
    fn client_id(&self) -> &str;
    /// It is somebody else's by now, and must not begin.
    fn is_dropped(&self) -> bool;
}

pub(super) type Handling = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Makes what handles an event. It does not panic.
type Handle<E> = Arc<dyn Fn(&E) -> Handling + Send + Sync>;

/// Works on events: those of one client in their order, those of others meanwhile.
///
/// Handlers begin in the task that puts the events; only one that waits for something goes on in a task of its own, where
/// the later events of its client follow it. So those that finish at once cost no task. What begins a client is done by
/// the one who owns this; what ends it, by its task.
pub(super) struct Dispatcher<E> {
    handle: Handle<E>,
    concurrency: usize,
    ready: VecDeque<E>,
    clients: Clients<E>,
    tasks: JoinSet<()>,
}

/// Whose handler waits for something, and what waits behind it.
struct Clients<E>(Arc<Mutex<HashMap<String, VecDeque<E>>>>);

impl<E: Work> Dispatcher<E> {
    /// `concurrency`: how many handlers may wait at a time.
    pub(super) fn new(concurrency: usize, handle: impl Fn(&E) -> Handling + Send + Sync + 'static) -> Self {
        let (handle, clients) = (Arc::new(handle), Clients(Arc::default()));
        Self { handle, concurrency: concurrency.max(1), ready: VecDeque::new(), clients, tasks: JoinSet::new() }
    }

    /// Begins what can begin. Calls `turn_over` where that takes long, and lets others run.
    pub(super) async fn put(&mut self, events: impl IntoIterator<Item = E>, turn_over: impl Fn()) {
        self.ready.extend(events);
        self.pump(turn_over).await;
    }

    /// Waits until one more handler may begin, where events wait for that; else for ever.
    pub(super) async fn room(&mut self) {
        if self.ready.is_empty() || self.tasks.join_next().await.is_none() {
            std::future::pending::<()>().await;
        }
    }

    /// Begins what can begin now.
    pub(super) async fn pump(&mut self, turn_over: impl Fn()) {
        let mut ends = Instant::now() + TURN;
        while self.has_room() {
            let Some(event) = self.ready.pop_front() else { return };
            if event.is_dropped() {
                continue;
            }
            let Some(event) = self.clients.queue(event) else { continue };
            let mut handling = (self.handle)(&event);
            if poll_fn(|context| Poll::Ready(handling.as_mut().poll(context))).await.is_pending() {
                self.clients.begin(event.client_id());
                self.tasks.spawn(self.clients.clone().work(event, handling, self.handle.clone()));
            }
            if Instant::now() > ends {
                turn_over();
                tokio::task::yield_now().await;
                ends = Instant::now() + TURN;
            }
        }
    }

    /// Waits until all handlers have ended.
    pub(super) async fn finish(&mut self) {
        while self.tasks.join_next().await.is_some() {}
    }

    /// Ends the handlers that run, wherever they are.
    pub(super) async fn cancel(&mut self) {
        self.ready.clear();
        self.tasks.shutdown().await;
    }

    fn has_room(&mut self) -> bool {
        while self.tasks.try_join_next().is_some() {}
        self.tasks.len() < self.concurrency
    }
}

impl<E: Work> Clients<E> {
    /// Puts an event behind the handler of its client, or gives it back where none waits.
    fn queue(&self, event: E) -> Option<E> {
        match self.lock().get_mut(event.client_id()) {
            None => Some(event),
            Some(behind) => {
                behind.push_back(event);
                None
            }
        }
    }

    fn begin(&self, client_id: &str) {
        self.lock().insert(client_id.to_owned(), VecDeque::new());
    }

    /// Goes on with the handler of an event, then with what is behind it.
    async fn work(self, event: E, begun: Handling, handle: Handle<E>) {
        begun.await;
        while let Some(next) = self.next(event.client_id()) {
            if !next.is_dropped() {
                handle(&next).await;
            }
        }
    }

    fn next(&self, client_id: &str) -> Option<E> {
        let mut clients = self.lock();
        let event = clients.get_mut(client_id).and_then(VecDeque::pop_front);
        if event.is_none() {
            clients.remove(client_id);
        }
        event
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, VecDeque<E>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<E> Clone for Clients<E> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}
