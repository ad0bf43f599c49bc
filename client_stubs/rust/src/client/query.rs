//! Queries: options, then `.await`.

use std::fmt;
use std::future::IntoFuture;
use std::time::Duration;

use prost::Message;

use super::Client;
use super::call::BoxFuture;
use super::raw::Options;
use crate::error::Result;
use crate::results::{GatewayFailure, Partial};
use crate::v1;

/// What a query asks for beside its subject.
#[derive(Clone, Debug, Default)]
pub(super) struct Asked {
    pub(super) generation: String,
    pub(super) group: Option<String>,
    pub(super) consistency: i32,
    pub(super) partial_ok: bool,
}

const ANY: i32 = v1::Consistency::Any as i32;

type Ask<T> = Box<dyn FnOnce(Client, Asked, Options) -> BoxFuture<T> + Send>;

/// A query about one client, made by `.await`.
#[must_use = "a call is made by .await"]
pub struct ClientQuery<T> {
    client: Client,
    asked: Asked,
    options: Options,
    ask: Ask<T>,
}

impl<T: 'static> ClientQuery<T> {
    /// `request` makes the request with what was asked for, `read` the result.
    pub(super) fn new<Q: Message, R: Message + Default>(
        client: &Client,
        path: &'static str,
        request: impl FnOnce(Asked) -> Q + Send + 'static,
        read: impl FnOnce(R) -> T + Send + 'static,
    ) -> Self {
        let ask: Ask<T> = Box::new(move |client, asked, options| {
            let request = request(asked).encode_to_vec().into();
            Box::pin(async move { client.unary(path, request, options).await.map(read) })
        });
        Self { client: client.clone(), asked: Asked::default(), options: Options::new(), ask }
    }

    /// The generation of the client's Gateway that is expected: `NotFound` where it is over.
    pub fn generation(mut self, generation: impl Into<String>) -> Self {
        self.asked.generation = generation.into();
        self
    }

    /// Take what the Gateway answers first, even if it has not run earlier commands yet.
    pub fn any_consistency(mut self) -> Self {
        self.asked.consistency = ANY;
        self
    }

    /// How long it may take, in place of the client's timeout; None: no limit.
    pub fn timeout(mut self, timeout: impl Into<Option<Duration>>) -> Self {
        self.options.set_timeout(timeout.into());
        self
    }
}

impl<T> IntoFuture for ClientQuery<T> {
    type Output = Result<T>;
    type IntoFuture = BoxFuture<T>;

    fn into_future(self) -> Self::IntoFuture {
        (self.ask)(self.client, self.asked, self.options)
    }
}

/// A query to every Gateway, made by `.await`.
#[must_use = "a call is made by .await"]
pub struct ClusterQuery<T> {
    client: Client,
    pub(super) asked: Asked,
    pub(super) options: Options,
    ask: Ask<Partial<T>>,
}

impl<T: Send + 'static> ClusterQuery<T> {
    /// `request` makes the request with what was asked for, `read` the result and who is missing.
    pub(super) fn new<Q: Message, R: Message + Default>(
        client: &Client,
        path: &'static str,
        request: impl FnOnce(Asked) -> Q + Send + 'static,
        read: impl FnOnce(R) -> (T, Vec<v1::GatewayFailure>) + Send + 'static,
    ) -> Self {
        let ask: Ask<Partial<T>> = Box::new(move |client, asked, options| {
            let request = request(asked).encode_to_vec().into();
            Box::pin(async move {
                let (value, missing) = read(client.unary(path, request, options).await?);
                Ok(Partial { value, missing: GatewayFailure::list(missing) })
            })
        });
        Self { client: client.clone(), asked: Asked::default(), options: Options::new(), ask }
    }

    /// Take what the Gateways answer first, even if they have not run earlier commands yet.
    pub fn any_consistency(mut self) -> Self {
        self.asked.consistency = ANY;
        self
    }

    /// How long it may take, in place of the client's timeout; None: no limit.
    pub fn timeout(mut self, timeout: impl Into<Option<Duration>>) -> Self {
        self.options.set_timeout(timeout.into());
        self
    }

    /// Where a Gateway does not answer: return what there is, with the Gateway in [`Partial::missing`].
    pub fn partial_ok(mut self) -> PartialQuery<T> {
        self.asked.partial_ok = true;
        PartialQuery(self)
    }
}

impl<T: Send + 'static> IntoFuture for ClusterQuery<T> {
    type Output = Result<T>;
    type IntoFuture = BoxFuture<T>;

    fn into_future(self) -> Self::IntoFuture {
        let answer = (self.ask)(self.client, self.asked, self.options);
        Box::pin(async move { Ok(answer.await?.value) })
    }
}

/// A query that is content with the Gateways that answer, made by `.await`.
#[derive(Debug)]
#[must_use = "a call is made by .await"]
pub struct PartialQuery<T>(ClusterQuery<T>);

impl<T> IntoFuture for PartialQuery<T> {
    type Output = Result<Partial<T>>;
    type IntoFuture = BoxFuture<Partial<T>>;

    fn into_future(self) -> Self::IntoFuture {
        (self.0.ask)(self.0.client, self.0.asked, self.0.options)
    }
}

impl<T> fmt::Debug for ClientQuery<T> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("ClientQuery").field("asked", &self.asked).finish_non_exhaustive()
    }
}

impl<T> fmt::Debug for ClusterQuery<T> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("ClusterQuery").field("asked", &self.asked).finish_non_exhaustive()
    }
}
