//! What happened to a client, and the event that a handler is working on.

use std::borrow::Cow;
use std::fmt;
use std::future::Future;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, SystemTime};

use bytes::Bytes;

use crate::session::Session;
use crate::v1;
use crate::value::{Map, from_struct};
use crate::worker::Outbox;

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum EventKind {
    /// A client connected. One of WebSocket has not finished its handshake: send it nothing raw yet.
    Connect,
    /// Its WebSocket handshake is done: [`Event::handshake`].
    WebsocketConnect,
    /// It sent a message: [`Event::body`].
    Message,
    /// It is gone.
    Close,
    /// A Gateway is gone with all clients of [`Event::generation`]: no close comes for them.
    GatewayLost,
}

impl EventKind {
    pub(crate) const ALL: [Self; 5] =
        [Self::Connect, Self::WebsocketConnect, Self::Message, Self::Close, Self::GatewayLost];

    /// The number that the API gives it.
    pub(crate) fn number(self) -> i32 {
        match self {
            Self::Connect => v1::EventKind::Connect,
            Self::WebsocketConnect => v1::EventKind::WebsocketConnect,
            Self::Message => v1::EventKind::Message,
            Self::Close => v1::EventKind::Close,
            Self::GatewayLost => v1::EventKind::GatewayLost,
        }
        .into()
    }
}

/// What a WebSocket client said, as PHP's onWebSocketConnect has it.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Handshake {
    /// The query parameters: texts, lists or maps (`?a[]=1`).
    pub get: Map,
    /// REQUEST_URI, HTTP_HOST and so on.
    pub server: Map,
    /// The cookies; empty in the go dialect.
    pub cookie: Map,
    /// The maps could not hold all of it; `stored` has it.
    pub incomplete: bool,
    /// Exactly what the Gateway sent.
    pub stored: Bytes,
}

/// Something that happened to a client. Made for each delivery; clones are cheap and of the same delivery.
#[derive(Clone)]
pub struct Event(Arc<Inner>);

struct Inner {
    proto: v1::Event,
    kind: EventKind,
    outbox: Arc<Outbox>,
    done: AtomicBool,
    session: OnceLock<Session>,
}

impl Event {
    /// None for an event of a kind that this version does not know.
    pub(crate) fn new(proto: v1::Event, outbox: &Arc<Outbox>) -> Option<Self> {
        let kind = EventKind::ALL.into_iter().find(|kind| kind.number() == proto.kind)?;
        let (outbox, done, session) = (outbox.clone(), AtomicBool::new(false), OnceLock::new());
        Some(Self(Arc::new(Inner { proto, kind, outbox, done, session })))
    }

    /// Names this delivery on this stream.
    pub fn id(&self) -> u64 {
        self.0.proto.id
    }

    /// What happened.
    pub fn kind(&self) -> EventKind {
        self.0.kind
    }

    /// 20 hex digits; empty for [`EventKind::GatewayLost`].
    pub fn client_id(&self) -> &str {
        &self.0.proto.client_id
    }

    /// The generation of the client's Gateway.
    pub fn generation(&self) -> &str {
        &self.0.proto.generation
    }

    /// The message. Empty where [`body_omitted`](Self::body_omitted) is set.
    pub fn body(&self) -> &Bytes {
        &self.0.proto.body
    }

    /// The size of a body that was larger than this worker's `max_message_bytes`.
    pub fn body_omitted(&self) -> Option<u64> {
        self.0.proto.body_omitted
    }

    /// The body as text; bytes that are not UTF-8 come as U+FFFD.
    pub fn text(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.0.proto.body)
    }

    /// The client's session, as the worker's `session_mode` has it.
    pub fn session(&self) -> &Session {
        self.0.session.get_or_init(|| self.0.proto.session.clone().map(Session::from).unwrap_or_default())
    }

    /// A fresh session could not be had; this is the one that the event brought.
    pub fn session_stale(&self) -> bool {
        self.0.proto.session_stale
    }

    /// IPv4; empty for IPv6 clients, which the protocol cannot carry.
    pub fn client_ip(&self) -> &str {
        &self.0.proto.client_ip
    }

    /// The client's port.
    pub fn client_port(&self) -> u16 {
        self.0.proto.client_port as u16
    }

    /// The port that the client connected to; 0 in the go dialect.
    pub fn gateway_port(&self) -> u16 {
        self.0.proto.gateway_port as u16
    }

    /// [`EventKind::GatewayLost`]: the Gateway's address.
    pub fn gateway(&self) -> &str {
        &self.0.proto.gateway
    }

    /// When the daemon read it.
    pub fn time_read(&self) -> SystemTime {
        let time = self.0.proto.time_read.unwrap_or_default();
        let since = Duration::new(time.seconds.try_into().unwrap_or(0), time.nanos.try_into().unwrap_or(0));
        SystemTime::UNIX_EPOCH + since
    }

    /// Which delivery of it this is, from 1.
    pub fn attempt(&self) -> u32 {
        self.0.proto.attempt
    }

    /// An earlier delivery may have been worked on.
    pub fn redelivered(&self) -> bool {
        self.0.proto.redelivered
    }

    /// [`EventKind::WebsocketConnect`]: what the client said.
    pub fn handshake(&self) -> Handshake {
        let said = self.0.proto.handshake.clone().unwrap_or_default();
        let map = |part: Option<prost_types::Struct>| part.map(from_struct).unwrap_or_default();
        Handshake {
            get: map(said.get),
            server: map(said.server),
            cookie: map(said.cookie),
            incomplete: said.incomplete,
            stored: said.stored,
        }
    }

    /// Runs a future in the event's context, as its handler runs: for tasks that a handler spawns, which have none of
    /// their own. Once the event is acknowledged, what the task sends names the client and its generation itself.
    ///
    /// ```no_run
    /// # use gatewayworker::{Event, HandlerResult, Worker};
    /// async fn later(worker: Worker, event: Event) -> HandlerResult {
    ///     tokio::spawn(event.scope(async move {
    ///         tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    ///         worker.send_to_current_client("a second ago")
    ///     }));
    ///     Ok(())
    /// }
    /// ```
    pub fn scope<F: Future>(&self, future: F) -> impl Future<Output = F::Output> + use<F> {
        CURRENT.scope(self.clone(), future)
    }

    /// The message as it came.
    pub fn proto(&self) -> &v1::Event {
        &self.0.proto
    }

    pub(crate) fn outbox(&self) -> &Arc<Outbox> {
        &self.0.outbox
    }

    /// Its handler has returned: it is acknowledged, or will be.
    pub(crate) fn is_done(&self) -> bool {
        self.0.done.load(Ordering::Acquire)
    }

    pub(crate) fn set_done(&self) {
        self.0.done.store(true, Ordering::Release);
    }
}

impl fmt::Debug for Event {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "<Event {} {:?} {}>", self.id(), self.kind(), self.client_id())
    }
}

tokio::task_local! {
    static CURRENT: Event;
}

/// The event whose handler this code runs in: the *current client* is its client. None outside of handlers, and in tasks
/// that they spawned without [`Event::scope`].
pub fn current_event() -> Option<Event> {
    CURRENT.try_with(Event::clone).ok()
}
