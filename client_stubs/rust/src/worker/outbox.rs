//! What goes to the daemon on one stream. Acknowledgements and commands that come up while a request is being written go
//! into the next one: so there is one request for a batch of events, and more in a batch when there is more to do.

use std::collections::{HashMap, VecDeque};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use tokio::sync::oneshot;
use tokio_stream::Stream;

use crate::event::Event;
use crate::results::GatewayFailure;
use crate::v1;
use crate::v1::command::Command as Proto;

/// A request is closed when it has grown to this. The daemon takes 16 MiB.
const REQUEST_BYTES: usize = 1024 * 1024;

/// What a command has beside its message, about.
const COMMAND_BYTES: usize = 64;

/// Collects what is done with the events of one attachment. All of it is a few appends under a lock; nothing waits.
pub(crate) struct Outbox {
    state: Mutex<State>,
    worker: usize,
    ack_on_send: bool,
}

#[derive(Default)]
struct State {
    request: v1::AttachRequest,
    bytes: usize,
    /// There is something in `request` or `done` to be sent.
    wanted: bool,
    full: VecDeque<v1::AttachRequest>,
    done: Vec<u64>,
    in_hand: usize,
    newest: u64,
    corked: bool,
    welcomed: bool,
    /// What is in hand is somebody else's now, and nothing more can be said of it.
    closed: bool,
    half_closed: bool,
    waker: Option<Waker>,
    syncs: HashMap<u64, oneshot::Sender<Vec<GatewayFailure>>>,
    last_sync: u64,
}

/// Why a command was not taken.
pub(super) enum Refused {
    /// The stream is over. A command that answers an event comes again with it.
    Closed,
    /// Its event is acknowledged: the daemon does not know it any more.
    Done(Proto),
}

impl Outbox {
    pub(super) fn new(worker: usize, hello: v1::Hello) -> Self {
        let ack_on_send = hello.ack_mode() == v1::AckMode::OnSend;
        let request = v1::AttachRequest { hello: Some(hello), ..Default::default() };
        Self { state: Mutex::new(State { request, wanted: true, ..State::default() }), worker, ack_on_send }
    }

    /// Which worker's it is: a number that no other one in the program has.
    pub(super) fn worker(&self) -> usize {
        self.worker
    }

    /// Events have come: they are in hand until they are [`complete`](Self::complete).
    pub(super) fn received(&self, events: usize, newest: u64) {
        let mut state = self.lock();
        state.in_hand += events;
        state.newest = newest;
    }

    /// Acknowledges an event.
    pub(super) fn complete(&self, event: &Event) {
        let mut state = self.lock();
        if state.closed || event.is_done() {
            return;
        }
        event.set_done();
        state.in_hand -= 1;
        if !self.ack_on_send {
            state.done.push(event.id());
            send(state);
        }
    }

    /// Adds a command, to be run before its event's acknowledgement. `size`: about how many bytes its message has.
    pub(super) fn command(&self, event: Option<&Event>, command: Proto, size: usize) -> Result<(), Refused> {
        let mut state = self.lock();
        if event.is_some_and(Event::is_done) {
            return Err(Refused::Done(command));
        }
        if state.closed {
            return Err(Refused::Closed);
        }
        if state.bytes + size > REQUEST_BYTES && state.bytes > 0 {
            state.cut();
        }
        state.bytes += size + COMMAND_BYTES;
        let event_id = event.map_or(0, Event::id);
        let command = Some(v1::Command { command: Some(command) });
        state.request.commands.push(v1::NumberedCommand { number: event_id, command, event_id });
        send(state);
        Ok(())
    }

    /// Asks to be told when the commands so far have run; None where the stream is over. The receiver fails when it ends.
    pub(super) fn sync(&self, timeout: Duration) -> Option<oneshot::Receiver<Vec<GatewayFailure>>> {
        let mut state = self.lock();
        if state.closed {
            return None;
        }
        state.last_sync += 1;
        let number = state.last_sync;
        let (answer, answered) = oneshot::channel();
        state.syncs.insert(number, answer);
        let timeout = prost_types::Duration::try_from(timeout).ok();
        state.request.sync = Some(v1::Sync { number, timeout });
        state.cut();
        send(state);
        Some(answered)
    }

    pub(super) fn synced(&self, synced: v1::Synced) {
        if let Some(answer) = self.lock().syncs.remove(&synced.number) {
            let _ = answer.send(GatewayFailure::list(synced.unknown)); // nobody waits any more: no matter
        }
    }

    /// Says that the worker goes; the stream ends when the last event is acknowledged.
    pub(super) fn leave(&self, mode: v1::LeaveMode) {
        let mut state = self.lock();
        state.request.leave = Some(v1::Leave { mode: mode.into() });
        send(state);
    }

    /// Ends the stream after what is done was said: the rest is delivered again.
    pub(super) fn break_off(&self) {
        let mut state = self.lock();
        (state.closed, state.half_closed) = (true, true);
        send(state);
    }

    /// The stream is over: what is in hand is somebody else's now, handlers that have not begun do not run.
    pub(super) fn close(&self) {
        let mut state = self.lock();
        state.closed = true;
        state.syncs.clear();
    }

    pub(super) fn is_closed(&self) -> bool {
        self.lock().closed
    }

    pub(super) fn set_welcomed(&self) {
        self.lock().welcomed = true;
    }

    pub(super) fn is_welcomed(&self) -> bool {
        self.lock().welcomed
    }

    /// Whoever writes is not woken while the cork is there, so that a batch is answered by one request.
    pub(super) fn cork(&self) -> Cork<'_> {
        self.lock().corked = true;
        Cork(self)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn poll_request(&self, context: &mut Context<'_>) -> Poll<Option<v1::AttachRequest>> {
        let mut state = self.lock();
        if let Some(request) = state.take() {
            return Poll::Ready(Some(request));
        }
        if state.half_closed {
            return Poll::Ready(None);
        }
        state.waker = Some(context.waker().clone());
        Poll::Pending
    }
}

impl State {
    /// The request is as large as it should become.
    fn cut(&mut self) {
        self.full.push_back(std::mem::take(&mut self.request));
        self.bytes = 0;
    }

    fn take(&mut self) -> Option<v1::AttachRequest> {
        if let Some(request) = self.full.pop_front() {
            return Some(request);
        }
        if !std::mem::take(&mut self.wanted) {
            return None;
        }
        self.bytes = 0;
        let mut request = std::mem::take(&mut self.request);
        if !self.done.is_empty() {
            let all = self.in_hand == 0;
            let ids = std::mem::take(&mut self.done);
            request.acks = Some(if all {
                v1::Acks { up_to: self.newest, ..Default::default() }
            } else {
                v1::Acks { ids, ..Default::default() }
            });
        }
        Some(request)
    }
}

/// Wakes whoever writes, once the lock is free.
fn send(mut state: MutexGuard<'_, State>) {
    state.wanted = true;
    if state.corked {
        return;
    }
    let waker = state.waker.take();
    drop(state);
    if let Some(waker) = waker {
        waker.wake();
    }
}

/// Taken away by its drop.
pub(super) struct Cork<'a>(&'a Outbox);

impl Cork<'_> {
    /// Lets out what there is by now, and goes on collecting.
    pub(super) fn flush(&self) {
        self.release();
        self.0.lock().corked = true;
    }

    fn release(&self) {
        let mut state = self.0.lock();
        state.corked = false;
        if state.wanted || !state.full.is_empty() || state.half_closed {
            send(state);
        }
    }
}

impl Drop for Cork<'_> {
    fn drop(&mut self) {
        self.release();
    }
}

/// The requests of an attachment, as the stream that the call writes.
pub(super) struct Requests(pub(super) Arc<Outbox>);

impl Stream for Requests {
    type Item = v1::AttachRequest;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.poll_request(context)
    }
}
