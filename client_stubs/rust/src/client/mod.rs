//! The Gateway API: every call of GatewayService.

mod call;
mod listing;
mod queries;
mod query;
mod raw;
mod sending;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use tonic::transport::Channel;

pub use self::call::{ClientCall, ClusterCall, Execute};
pub use self::listing::Listing;
pub use self::queries::Select;
pub use self::query::{ClientQuery, ClusterQuery, PartialQuery};
#[cfg(feature = "tls")]
use crate::connection::Tls;
use crate::connection::{Authorization, DEFAULT_MAX_MESSAGE_BYTES, Target, Token};
use crate::error::Result;

pub(crate) const DEFAULT_TIMEOUT: Duration = Duration::from_secs(10);

/// The Gateway API, on one connection, which is made when it is needed. Clones share it; all of it may be used from any
/// number of tasks.
///
/// A call is made by `.await`; before that it takes options: `client.bind_uid(id, "42").confirm().await?`. Each fails with
/// an [`Error`](crate::Error). Inside a handler of a [`Worker`](crate::Worker) `send_to_current_client` and its like need
/// no client_id: calls made there say whose event they answer.
///
/// ```no_run
/// # async fn example() -> gatewayworker::Result<()> {
/// use gatewayworker::Client;
///
/// let client = Client::new()?;
/// client.send_to_uid("42", "your parcel is here").await?;
/// for client_id in client.get_client_id_by_uid("42").await? {
///     println!("{:?}", client.get_session(client_id).await?.value);
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Client(Arc<Inner>);

struct Inner {
    channel: Channel,
    authorization: Authorization,
    timeout: Option<Duration>,
    max_message_bytes: usize,
}

impl Client {
    /// A client of the daemon at `GATEWAYD_ADDRESS`, else at `127.0.0.1:50051`.
    ///
    /// # Errors
    ///
    /// [`InvalidArgument`](crate::Error::InvalidArgument) where that is no address. Whether a daemon is there is seen by
    /// the first call.
    ///
    /// # Panics
    ///
    /// Outside of a tokio runtime, as all that makes clients.
    pub fn new() -> Result<Self> {
        Self::builder().build()
    }

    /// A client with options.
    pub fn builder() -> ClientBuilder {
        ClientBuilder::default()
    }

    pub(crate) fn on(
        channel: Channel,
        authorization: Authorization,
        timeout: Option<Duration>,
        max_message_bytes: usize,
    ) -> Self {
        let max_message_bytes = max_message_bytes.max(DEFAULT_MAX_MESSAGE_BYTES);
        Self(Arc::new(Inner { channel, authorization, timeout, max_message_bytes }))
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Client").field("timeout", &self.0.timeout).finish_non_exhaustive()
    }
}

/// The options of a [`Client`].
#[derive(Clone, Debug)]
#[must_use = "it makes a client by build()"]
pub struct ClientBuilder {
    target: Target,
    timeout: Option<Duration>,
    max_message_bytes: usize,
    channel: Option<Channel>,
}

impl Default for ClientBuilder {
    fn default() -> Self {
        Self {
            target: Target::default(),
            timeout: Some(DEFAULT_TIMEOUT),
            max_message_bytes: DEFAULT_MAX_MESSAGE_BYTES,
            channel: None,
        }
    }
}

impl ClientBuilder {
    /// `host:port` or `unix:/path`. Default: `GATEWAYD_ADDRESS`, else `127.0.0.1:50051`.
    pub fn address(mut self, address: impl Into<String>) -> Self {
        self.target.address = Some(address.into());
        self
    }

    /// How long a call may take that does not say otherwise; None: no limit. Default: 10 s.
    pub fn timeout(mut self, timeout: impl Into<Option<Duration>>) -> Self {
        self.timeout = timeout.into();
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

    /// The largest answer; 4 MiB at least, the default.
    pub fn max_message_bytes(mut self, bytes: usize) -> Self {
        self.max_message_bytes = bytes;
        self
    }

    /// A channel that is there already, in place of address and TLS.
    pub fn channel(mut self, channel: Channel) -> Self {
        self.channel = Some(channel);
        self
    }

    /// Makes the client; it connects when it is used.
    ///
    /// # Errors
    ///
    /// [`InvalidArgument`](crate::Error::InvalidArgument) where address, TLS or token cannot be used.
    ///
    /// # Panics
    ///
    /// Outside of a tokio runtime.
    pub fn build(self) -> Result<Client> {
        let authorization = self.target.authorization()?;
        let channel = match self.channel {
            Some(channel) => channel,
            None => self.target.endpoint()?.connect_lazy(),
        };
        Ok(Client::on(channel, authorization, self.timeout, self.max_message_bytes))
    }
}
