//! Your program as the worker of a GatewayWorker cluster.

mod attach;
mod backoff;
mod builder;
mod commands;
mod dispatch;
#[cfg(test)]
mod dispatch_tests;
mod handlers;
mod log;
mod options;
mod outbox;
mod signals;

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use tonic::Code;
use tonic::transport::{Channel, Endpoint};

pub use self::builder::WorkerBuilder;
use self::handlers::Handlers;
pub use self::options::{BoxError, CommandError, HandlerResult, Outcome, SessionFreshness, SessionMode, Welcome};
pub(crate) use self::outbox::Outbox;
use crate::client::Client;
use crate::connection::{Authorization, DEFAULT_MAX_MESSAGE_BYTES, Target};
use crate::error::{Error, Result};
use crate::event::Event;
use crate::results::GatewayFailure;
use crate::v1;

/// A worker: it gets what clients do, and hands it to the handlers that its [builder](Worker::builder) was given.
///
/// It attaches to the daemon, attaches again when that was away, acknowledges what handlers have done, and leaves without
/// losing an event. Clones are handles of the same worker; each handler gets one, for the commands that it sends.
///
/// ```no_run
/// use gatewayworker::{Event, HandlerResult, Worker};
///
/// async fn on_message(worker: Worker, event: Event) -> HandlerResult {
///     worker.client().update_session(event.client_id(), [("last", event.text().as_ref())]).await?;
///     worker.send_to_current_client("noted")?;
///     Ok(())
/// }
///
/// #[tokio::main]
/// async fn main() -> gatewayworker::Result<()> {
///     Worker::builder().name("notes").on_message(on_message).run().await
/// }
/// ```
#[derive(Clone)]
pub struct Worker(Arc<Inner>);

struct Inner {
    address: String,
    endpoint: Endpoint,
    authorization: Authorization,
    hello: v1::Hello,
    handlers: Handlers,
    settings: Settings,
    channel: OnceLock<Channel>,
    client: OnceLock<Client>,
    attachment: Mutex<Option<Arc<Outbox>>>,
    stop: watch::Sender<Stop>,
    served: AtomicBool,
    /// Where no subscriber takes the log, it goes to stderr.
    logs_to_stderr: AtomicBool,
}

#[derive(Clone, Debug)]
struct Settings {
    concurrency: usize,
    call_timeout: Option<Duration>,
    stop_timeout: Duration,
    backoff: (Duration, Duration),
    leave_mode: v1::LeaveMode,
}

/// How much of a hurry there is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Stop {
    No,
    Leave,
    Cut,
}

impl Worker {
    /// Handlers and options of a worker.
    pub fn builder() -> WorkerBuilder {
        WorkerBuilder::default()
    }

    fn new(target: &Target, hello: v1::Hello, handlers: Handlers, settings: Settings) -> Result<Self> {
        Ok(Self(Arc::new(Inner {
            address: target.address(),
            endpoint: target.endpoint()?,
            authorization: target.authorization()?,
            hello,
            handlers,
            settings,
            channel: OnceLock::new(),
            client: OnceLock::new(),
            attachment: Mutex::new(None),
            stop: watch::Sender::new(Stop::No),
            served: AtomicBool::new(false),
            logs_to_stderr: AtomicBool::new(false),
        })))
    }

    /// [`serve`](Self::serve)s until SIGTERM or SIGINT (Ctrl-C); a second one cuts it short. Where no `tracing` subscriber
    /// is set up, the worker's own lines go to stderr. The signals stay taken when it has returned.
    ///
    /// # Errors
    ///
    /// Those of [`serve`](Self::serve).
    pub async fn run(&self) -> Result<()> {
        self.0.logs_to_stderr.store(true, Ordering::Relaxed);
        let mut signals = signals::Signals::new()?;
        let stopping = async {
            loop {
                signals.next().await;
                self.info(format_args!("leaving"));
                self.stop();
            }
        };
        tokio::select! {
            served = self.serve() => served,
            never = stopping => never,
        }
    }

    /// Attaches, and again whenever the stream ends, until [`stop`](Self::stop). A worker is served once. Handlers that
    /// still run when this future is dropped are dropped too.
    ///
    /// # Errors
    ///
    /// Where trying again is of no use: the daemon refuses the hello or the token.
    pub async fn serve(&self) -> Result<()> {
        if self.0.served.swap(true, Ordering::Relaxed) {
            return Err(Error::new(Code::FailedPrecondition, "a worker is served once"));
        }
        self.attach_until_stopped().await
    }

    /// Leaves: what has come is worked on and acknowledged, then [`serve`](Self::serve) returns. Called twice: at once.
    pub fn stop(&self) {
        self.0.stop.send_modify(|stop| *stop = if *stop == Stop::No { Stop::Leave } else { Stop::Cut });
    }

    /// For calls with an answer: `worker.client().get_session(event.client_id()).await?`. On the worker's own connection.
    ///
    /// # Panics
    ///
    /// Outside of a tokio runtime.
    pub fn client(&self) -> &Client {
        self.0.client.get_or_init(|| {
            let authorization = self.0.authorization.clone();
            Client::on(self.channel(), authorization, self.0.settings.call_timeout, self.max_message_bytes())
        })
    }

    /// Its name, as logs and views show it.
    pub fn name(&self) -> &str {
        &self.0.hello.worker_name
    }

    /// Where the daemon is: `host:port` or `unix:/path`.
    pub fn address(&self) -> &str {
        &self.0.address
    }

    /// Waits until the Gateways have run what was sent by the commands of this worker; 5 s for each. Returns those of which
    /// that is not known.
    ///
    /// # Errors
    ///
    /// [`Unavailable`](Error::Unavailable) where the stream ended first, or there is none.
    pub async fn sync(&self) -> Result<Vec<GatewayFailure>> {
        self.sync_within(Duration::from_secs(5)).await
    }

    /// [`sync`](Self::sync), with the time that the Gateways have.
    ///
    /// # Errors
    ///
    /// Those of [`sync`](Self::sync).
    pub async fn sync_within(&self, timeout: Duration) -> Result<Vec<GatewayFailure>> {
        let event = crate::event::current_event().filter(|event| self.has(event) && !event.is_done());
        let outbox = match event {
            Some(event) => event.outbox().clone(),
            None => self.attachment()?,
        };
        let answered = outbox.sync(timeout).ok_or_else(not_attached)?;
        answered.await.map_err(|_| Error::new(Code::Unavailable, "the stream ended"))
    }

    fn channel(&self) -> Channel {
        self.0.channel.get_or_init(|| self.0.endpoint.connect_lazy()).clone()
    }

    fn max_message_bytes(&self) -> usize {
        let wanted = usize::try_from(self.0.hello.max_message_bytes).unwrap_or(usize::MAX);
        wanted.max(DEFAULT_MAX_MESSAGE_BYTES)
    }

    /// The stream that there is now.
    fn attachment(&self) -> Result<Arc<Outbox>> {
        self.attached().clone().ok_or_else(not_attached)
    }

    fn attached(&self) -> MutexGuard<'_, Option<Arc<Outbox>>> {
        self.0.attachment.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the event is one of this worker's, and not of another one in the program.
    fn has(&self, event: &Event) -> bool {
        event.outbox().worker() == self.key()
    }

    fn key(&self) -> usize {
        Arc::as_ptr(&self.0) as usize
    }
}

impl fmt::Debug for Worker {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Worker").field("name", &self.name()).field("address", &self.address()).finish_non_exhaustive()
    }
}

fn not_attached() -> Error {
    Error::new(Code::Unavailable, "not attached")
}
