//! What a worker can be told, and what it is told.

use std::error::Error as StdError;

use tonic::Code;

use crate::results::Delivery;
use crate::v1;

/// Any error of a handler.
pub type BoxError = Box<dyn StdError + Send + Sync>;

/// What handlers return: `?` takes any error.
pub type HandlerResult = Result<(), BoxError>;

/// How sessions come with events.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SessionMode {
    /// Not at all.
    None,
    /// As stored bytes alone: `event.session().stored`.
    Raw,
    /// Decoded, and the stored bytes.
    #[default]
    Decoded,
}

impl SessionMode {
    pub(super) fn to_proto(self) -> v1::SessionMode {
        match self {
            Self::None => v1::SessionMode::None,
            Self::Raw => v1::SessionMode::Raw,
            Self::Decoded => v1::SessionMode::Decoded,
        }
    }
}

/// Which session comes with an event.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SessionFreshness {
    /// As it was when the Gateway sent the event. A client may have many events on their way to here.
    AsSent,
    /// Never older than what handlers wrote before; one event of a client at a time.
    #[default]
    Fresh,
}

impl SessionFreshness {
    pub(super) fn to_proto(self) -> v1::SessionFreshness {
        match self {
            Self::AsSent => v1::SessionFreshness::AsSent,
            Self::Fresh => v1::SessionFreshness::Fresh,
        }
    }
}

/// What becomes of an event whose handler failed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// It counts as done.
    #[default]
    Ack,
    /// The stream ends, and all that is not acknowledged comes again, here or at another worker, marked as redelivered.
    /// After `--max_deliveries` (5) the daemon gives an event up.
    Redeliver,
}

/// What the daemon said when this worker attached: what really applies.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Welcome {
    /// The daemon's version.
    pub version: String,
    /// `php` or `go`.
    pub dialect: String,
    /// This attachment; shown in views and logs.
    pub worker_id: String,
    /// The window in events.
    pub window_events: u32,
    /// The window in bytes.
    pub window_bytes: u64,
    /// The largest message.
    pub max_message_bytes: u64,
}

impl From<v1::Welcome> for Welcome {
    fn from(welcome: v1::Welcome) -> Self {
        Self {
            version: welcome.version,
            dialect: welcome.dialect,
            worker_id: welcome.worker_id,
            window_events: welcome.window_events,
            window_bytes: welcome.window_bytes,
            max_message_bytes: welcome.max_message_bytes,
        }
    }
}

/// A command on the stream that failed. With code OK: one to many clients that did not reach every Gateway.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CommandError {
    /// The event that it answered; 0: none.
    pub event_id: u64,
    /// Its status.
    pub code: Code,
    /// Field, Gateway and cause.
    pub message: String,
    /// Of commands to many clients.
    pub delivery: Option<Delivery>,
}

impl From<v1::CommandError> for CommandError {
    fn from(error: v1::CommandError) -> Self {
        let status = error.status.unwrap_or_default();
        Self {
            event_id: error.number,
            code: Code::from_i32(status.code),
            message: status.message,
            delivery: status.delivery.map(Delivery::from),
        }
    }
}
