//! What a call can fail with: one variant a status.

use std::fmt;

use tonic::{Code, Status};

/// A result whose error is an [`Error`].
pub type Result<T> = std::result::Result<T, Error>;

/// A call or a stream that failed. Its text names field, Gateway and cause; [`Details`] has them for programs.
///
/// ```
/// # fn example(result: gatewayworker::Result<()>) -> gatewayworker::Result<()> {
/// use gatewayworker::Error;
///
/// match result {
///     Err(Error::NotFound(details)) => println!("gone: {:?}", details.reason),
///     other => other?,
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// [`Details::field`] of the request cannot be.
    InvalidArgument(Box<Details>),
    /// The client is offline, its Gateway is no member of the cluster, or its generation is over.
    NotFound(Box<Details>),
    /// The cluster's dialect cannot do it, or the generation is of another daemon process.
    FailedPrecondition(Box<Details>),
    /// No daemon, or no link to a Gateway. A command to one client was not sent: try again.
    Unavailable(Box<Details>),
    /// A buffer is full or a message too large. Nothing was sent.
    ResourceExhausted(Box<Details>),
    /// The time was up. Of a command with `confirm` or `require_online`: unknown whether it ran.
    DeadlineExceeded(Box<Details>),
    /// A Gateway answered nonsense.
    DataLoss(Box<Details>),
    /// The daemon wants a token, and this is none that it knows.
    Unauthenticated(Box<Details>),
    /// The token does not allow this call.
    PermissionDenied(Box<Details>),
    /// Any other status.
    Other(Code, Box<Details>),
}

/// What is known of an [`Error`] beside its status.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Details {
    /// For people.
    pub message: String,
    /// The field of the request that is at fault.
    pub field: Option<String>,
    /// A word for programs: `offline`, `no-link`, `generation-over`, `timeout`…, as gateway_service.proto lists them.
    pub reason: Option<String>,
    /// The Gateways concerned (`10.0.0.5:2900`).
    pub gateways: Vec<String>,
}

impl Error {
    pub(crate) fn new(code: Code, message: impl Into<String>) -> Self {
        Self::with(code, Details { message: message.into(), ..Details::default() })
    }

    /// What this side refuses itself, because the daemon could not see that it is wrong.
    pub(crate) fn invalid(field: &str, problem: impl fmt::Display) -> Self {
        let (message, field) = (format!("{field} {problem}"), Some(field.to_owned()));
        Self::with(Code::InvalidArgument, Details { message, field, ..Details::default() })
    }

    fn with(code: Code, details: Details) -> Self {
        let details = Box::new(details);
        match code {
            Code::InvalidArgument => Self::InvalidArgument(details),
            Code::NotFound => Self::NotFound(details),
            Code::FailedPrecondition => Self::FailedPrecondition(details),
            Code::Unavailable => Self::Unavailable(details),
            Code::ResourceExhausted => Self::ResourceExhausted(details),
            Code::DeadlineExceeded => Self::DeadlineExceeded(details),
            Code::DataLoss => Self::DataLoss(details),
            Code::Unauthenticated => Self::Unauthenticated(details),
            Code::PermissionDenied => Self::PermissionDenied(details),
            other => Self::Other(other, details),
        }
    }

    /// The status.
    pub fn code(&self) -> Code {
        match self {
            Self::InvalidArgument(_) => Code::InvalidArgument,
            Self::NotFound(_) => Code::NotFound,
            Self::FailedPrecondition(_) => Code::FailedPrecondition,
            Self::Unavailable(_) => Code::Unavailable,
            Self::ResourceExhausted(_) => Code::ResourceExhausted,
            Self::DeadlineExceeded(_) => Code::DeadlineExceeded,
            Self::DataLoss(_) => Code::DataLoss,
            Self::Unauthenticated(_) => Code::Unauthenticated,
            Self::PermissionDenied(_) => Code::PermissionDenied,
            Self::Other(code, _) => *code,
        }
    }

    /// What is known beside the status.
    pub fn details(&self) -> &Details {
        match self {
            Self::InvalidArgument(details)
            | Self::NotFound(details)
            | Self::FailedPrecondition(details)
            | Self::Unavailable(details)
            | Self::ResourceExhausted(details)
            | Self::DeadlineExceeded(details)
            | Self::DataLoss(details)
            | Self::Unauthenticated(details)
            | Self::PermissionDenied(details)
            | Self::Other(_, details) => details,
        }
    }

    /// Trying again does not heal these: a wrong hello, a daemon that takes no workers, a token that it does not know.
    pub(crate) fn is_final(&self) -> bool {
        matches!(
            self.code(),
            Code::InvalidArgument
                | Code::FailedPrecondition
                | Code::Unimplemented
                | Code::Unauthenticated
                | Code::PermissionDenied
        )
    }
}

impl fmt::Display for Error {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let message = &self.details().message;
        if message.is_empty() { write!(out, "{:?}", self.code()) } else { write!(out, "{:?}: {message}", self.code()) }
    }
}

impl std::error::Error for Error {}

impl From<Status> for Error {
    fn from(status: Status) -> Self {
        let all = |key| {
            let values = status.metadata().get_all(key).into_iter();
            values.map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned()).collect::<Vec<_>>()
        };
        let first = |key| all(key).into_iter().next();
        let details = Details {
            message: message_of(&status),
            field: first("gatewayd-field"),
            reason: first("gatewayd-reason"),
            gateways: all("gatewayd-gateway"),
        };
        Self::with(code_of(&status), details)
    }
}

/// The status that other gRPC libraries give what tonic reports of this side.
fn code_of(status: &Status) -> Code {
    let here = std::error::Error::source(status).is_some();
    match status.code() {
        Code::Unknown if here => Code::Unavailable, // the connection broke
        Code::Cancelled if status.message() == tonic::TimeoutExpired(()).to_string() => Code::DeadlineExceeded,
        // The connection broke before the call was on it; what the peer resets names the protocol.
        Code::Cancelled if here && !status.message().starts_with("h2 protocol error") => Code::Unavailable,
        Code::OutOfRange if status.message().contains("message length too large") => Code::ResourceExhausted,
        code => code,
    }
}

/// The message, with the causes that tonic leaves to [`std::error::Error::source`].
fn message_of(status: &Status) -> String {
    let mut message = status.message().to_owned();
    let mut cause = std::error::Error::source(status);
    while let Some(error) = cause {
        let said = error.to_string();
        if !message.contains(&said) {
            message = format!("{message}: {said}");
        }
        cause = error.source();
    }
    message
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An error of the transport: what a status comes out of has it as its source.
    #[derive(Debug)]
    struct Wrapped(Status);

    impl fmt::Display for Wrapped {
        fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
            out.write_str("transport error")
        }
    }

    impl std::error::Error for Wrapped {
        fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
            Some(&self.0)
        }
    }

    #[test]
    fn trailing_metadata_becomes_details() {
        let mut status = Status::not_found("client_id is offline");
        for (key, value) in [("gatewayd-gateway", "a:1"), ("gatewayd-gateway", "b:2"), ("gatewayd-reason", "offline")] {
            status.metadata_mut().append(key, value.parse().unwrap());
        }
        let error = Error::from(status);
        assert!(matches!(error, Error::NotFound(_)));
        assert_eq!(error.to_string(), "NotFound: client_id is offline");
        let details = error.details();
        assert_eq!((details.field.as_deref(), details.reason.as_deref()), (None, Some("offline")));
        assert_eq!(details.gateways, ["a:1", "b:2"]);
    }

    #[test]
    fn every_status_keeps_its_code() {
        for number in 1..=16 {
            let code = Code::from_i32(number);
            assert_eq!(Error::new(code, "x").code(), code);
        }
    }

    #[test]
    fn what_tonic_reports_of_this_side_has_the_usual_code() {
        let timeout = Status::from_error(Box::new(tonic::TimeoutExpired(())));
        assert_eq!(Error::from(timeout).code(), Code::DeadlineExceeded);
        let broken = Error::from(Status::from_error("pipe".into()));
        assert_eq!(broken.code(), Code::Unavailable);
        for (said, code) in [
            ("operation was canceled", Code::Unavailable), // by hyper, where the connection broke first
            ("h2 protocol error: stream error received: stream no longer needed", Code::Cancelled),
        ] {
            let status = Status::from_error(Box::new(Wrapped(Status::cancelled(said))));
            assert_eq!(Error::from(status).code(), code);
        }
        assert_eq!(Error::from(Status::cancelled("by the daemon")).code(), Code::Cancelled);
        let large =
            Status::out_of_range("Error, decoded message length too large: found 5 bytes, the limit is: 4 bytes");
        assert_eq!(Error::from(large).code(), Code::ResourceExhausted);
    }
}
