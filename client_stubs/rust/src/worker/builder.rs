//! Making a worker: handlers, hooks, options.

use std::fmt;
use std::future::Future;
use std::time::Duration;

use super::handlers::Handlers;
use super::options::{BoxError, CommandError, HandlerResult, Outcome, SessionFreshness, SessionMode, Welcome};
use super::{Settings, Worker};
use crate::client::DEFAULT_TIMEOUT;
#[cfg(feature = "tls")]
use crate::connection::Tls;
use crate::connection::{Target, Token};
use crate::error::Result;
use crate::event::{Event, EventKind};
use crate::v1;

/// The handlers and options of a [`Worker`].
#[derive(Clone)]
#[must_use = "it makes a worker by build() or run()"]
pub struct WorkerBuilder {
    target: Target,
    hello: v1::Hello,
    handlers: Handlers,
    settings: Settings,
}

impl Default for WorkerBuilder {
    fn default() -> Self {
        let settings = Settings {
            concurrency: 1000,
            call_timeout: Some(DEFAULT_TIMEOUT),
            stop_timeout: Duration::from_secs(30),
            backoff: (Duration::from_millis(100), Duration::from_secs(5)),
            leave_mode: v1::LeaveMode::CloseLinks,
        };
        let hello = v1::Hello { worker_name: program_name(), ..Default::default() };
        Self { target: Target::default(), hello, handlers: Handlers::default(), settings }
            .session_mode(SessionMode::default())
            .session_freshness(SessionFreshness::default())
            .ack_on_send(false)
    }
}

macro_rules! handlers {
    ($($(#[$doc:meta])* $name:ident $kind:ident;)*) => {
        /// # Handlers
        ///
        /// Each is an async function, or a closure that returns a future, of the worker and the event. Kinds of events
        /// without a handler do not come. Events of one client are handled one after the other, those of different clients
        /// beside each other. An event is acknowledged when its handler has returned; what that sent by the methods of the
        /// worker goes out before. One that returns an error, or panics, is logged and comes to
        /// [`on_error`](Self::on_error).
        impl WorkerBuilder {
            $($(#[$doc])*
            pub fn $name<F, R>(mut self, handler: F) -> Self
            where
                F: Fn(Worker, Event) -> R + Send + Sync + 'static,
                R: Future<Output = HandlerResult> + Send + 'static,
            {
                self.handlers.set(EventKind::$kind, handler);
                self
            })*
        }
    };
}

handlers! {
    /// A client connected. One of WebSocket has not finished its handshake: send it nothing raw yet.
    on_connect Connect;
    /// Its handshake is done: [`Event::handshake`].
    on_websocket_connect WebsocketConnect;
    /// It sent a message: [`Event::body`].
    on_message Message;
    /// It is gone.
    on_close Close;
    /// A Gateway is gone with all clients of [`Event::generation`]: no close comes for them.
    on_gateway_lost GatewayLost;
}

/// # Hooks
impl WorkerBuilder {
    /// A handler failed; it has been logged. Says what becomes of the event. Default: [`Outcome::Ack`].
    pub fn on_error(mut self, hook: impl Fn(&Event, &BoxError) -> Outcome + Send + Sync + 'static) -> Self {
        self.handlers.error = Some(std::sync::Arc::new(hook));
        self
    }

    /// A command on the stream failed. Default: a line in the log.
    pub fn on_command_error(mut self, hook: impl Fn(&CommandError) + Send + Sync + 'static) -> Self {
        self.handlers.command_error = Some(std::sync::Arc::new(hook));
        self
    }

    /// Attached, again perhaps; events come after it has returned. [`Worker::sync`] cannot be awaited in it.
    pub fn on_attached<F, R>(mut self, hook: F) -> Self
    where
        F: Fn(Worker, Welcome) -> R + Send + Sync + 'static,
        R: Future<Output = ()> + Send + 'static,
    {
        self.handlers.attached = Some(std::sync::Arc::new(move |worker, welcome| Box::pin(hook(worker, welcome))));
        self
    }
}

/// # Options
impl WorkerBuilder {
    /// `host:port` or `unix:/path`. Default: `GATEWAYD_ADDRESS`, else `127.0.0.1:50051`.
    pub fn address(mut self, address: impl Into<String>) -> Self {
        self.target.address = Some(address.into());
        self
    }

    /// TLS to the daemon. Default: none.
    #[cfg(feature = "tls")]
    pub fn tls(mut self, tls: Tls) -> Self {
        self.target.tls = Some(tls);
        self
    }

    /// A bearer token. Default: none.
    pub fn token(mut self, token: impl Into<Token>) -> Self {
        self.target.token = Some(token.into());
        self
    }

    /// For people, in logs and views; at most 128 bytes. Default: the program's name.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.hello.worker_name = name.into();
        self
    }

    /// How many events may be here unacknowledged. Default: what the daemon thinks good, 1,000.
    pub fn window_events(mut self, events: u32) -> Self {
        self.hello.window_events = events;
        self
    }

    /// How many bytes of events may be here unacknowledged. Default: what the daemon thinks good, 8 MiB.
    pub fn window_bytes(mut self, bytes: u64) -> Self {
        self.hello.window_bytes = bytes;
        self
    }

    /// Larger events come with [`Event::body_omitted`]. Default: 4 MiB less 64 KiB.
    pub fn max_message_bytes(mut self, bytes: u64) -> Self {
        self.hello.max_message_bytes = bytes;
        self
    }

    /// How sessions come with events.
    pub fn session_mode(mut self, mode: SessionMode) -> Self {
        self.hello.session_mode = mode.to_proto().into();
        self
    }

    /// Which session comes with an event.
    pub fn session_freshness(mut self, freshness: SessionFreshness) -> Self {
        self.hello.session_freshness = freshness.to_proto().into();
        self
    }

    /// Each event at most once, and lost if this program dies. Default: at least once.
    pub fn ack_on_send(mut self, on_send: bool) -> Self {
        let mode = if on_send { v1::AckMode::OnSend } else { v1::AckMode::Explicit };
        self.hello.ack_mode = mode.into();
        self
    }

    /// How many handlers may wait for something at a time. Default: 1,000.
    pub fn concurrency(mut self, handlers: usize) -> Self {
        self.settings.concurrency = handlers;
        self
    }

    /// The timeout of [`Worker::client`]; None: no limit. Default: 10 s.
    pub fn call_timeout(mut self, timeout: impl Into<Option<Duration>>) -> Self {
        self.settings.call_timeout = timeout.into();
        self
    }

    /// How long leaving may take; after that the stream is cut. Default: 30 s.
    pub fn stop_timeout(mut self, timeout: Duration) -> Self {
        self.settings.stop_timeout = timeout;
        self
    }

    /// On leaving: it will be back, the daemon keeps its links for the grace period. Default: they are closed.
    pub fn keep_links(mut self, keep: bool) -> Self {
        self.settings.leave_mode = if keep { v1::LeaveMode::KeepLinks } else { v1::LeaveMode::CloseLinks };
        self
    }

    /// The shortest and the longest pause before attaching again. Default: 0.1 s, 5 s.
    pub fn backoff(mut self, shortest: Duration, longest: Duration) -> Self {
        self.settings.backoff = (shortest, longest);
        self
    }

    /// Makes the worker.
    ///
    /// # Errors
    ///
    /// [`InvalidArgument`](crate::Error::InvalidArgument) where address, TLS or token cannot be used.
    pub fn build(mut self) -> Result<Worker> {
        self.hello.kinds = self.handlers.kinds();
        Worker::new(&self.target, self.hello, self.handlers, self.settings)
    }

    /// Makes the worker and runs it: [`Worker::run`].
    ///
    /// # Errors
    ///
    /// Those of [`build`](Self::build) and of [`Worker::run`].
    pub async fn run(self) -> Result<()> {
        self.build()?.run().await
    }
}

impl fmt::Debug for WorkerBuilder {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("WorkerBuilder")
            .field("target", &self.target)
            .field("hello", &self.hello)
            .finish_non_exhaustive()
    }
}

fn program_name() -> String {
    let program = std::env::args_os().next().unwrap_or_default();
    let stem = std::path::Path::new(&program).file_stem().unwrap_or_default();
    let mut name = stem.to_string_lossy().into_owned();
    while name.len() > 128 {
        name.pop();
    }
    if name.is_empty() { "worker".to_owned() } else { name }
}
