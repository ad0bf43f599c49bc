//! Lists without a limit.

use std::collections::VecDeque;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use prost::Message;
use tokio_stream::Stream;
use tonic::Streaming;

use super::Client;
use super::call::BoxFuture;
use super::query::Asked;
use super::raw::{Options, decode, rpc};
use crate::error::{Error, Result};
use crate::results::{GatewayFailure, Name};
use crate::session::Session;
use crate::v1;

/// # Lists without a limit
///
/// Where a Gateway does not answer, the list ends with `Unavailable` after the entries of the others, or, with
/// [`partial_ok`](Listing::partial_ok), with [`missing`](Listing::missing). They have no timeout but their own.
impl Client {
    /// Every client (of a group) with its session, however many there are.
    pub fn stream_all_client_sessions(&self, group: Option<&str>) -> Listing<(String, Session)> {
        let request = |Asked { group, consistency, partial_ok, .. }| {
            v1::StreamAllClientSessionsRequest { group, consistency, partial_ok }.encode_to_vec()
        };
        let mut listing = Listing::new(self, rpc!("StreamAllClientSessions"), request, |chunk| {
            let chunk: v1::StreamAllClientSessionsResponse = decode(chunk)?;
            let read =
                |client: v1::ClientSession| (client.client_id, client.session.map(Session::from).unwrap_or_default());
            Ok((chunk.clients.into_iter().map(read).collect(), chunk.missing))
        });
        listing.asked.group = group.map(str::to_owned);
        listing
    }

    /// Every client_id, however many there are.
    pub fn stream_all_client_id_list(&self) -> Listing<String> {
        let request = |Asked { consistency, partial_ok, .. }| {
            v1::StreamAllClientIdListRequest { consistency, partial_ok }.encode_to_vec()
        };
        Listing::new(self, rpc!("StreamAllClientIdList"), request, |chunk| {
            let chunk: v1::StreamAllClientIdListResponse = decode(chunk)?;
            Ok((chunk.client_ids, chunk.missing))
        })
    }

    /// Every uid, each once, however many there are.
    pub fn stream_all_uid_list(&self) -> Listing<Name> {
        let request = |Asked { consistency, partial_ok, .. }| {
            v1::StreamAllUidListRequest { consistency, partial_ok }.encode_to_vec()
        };
        Listing::new(self, rpc!("StreamAllUidList"), request, |chunk| {
            let chunk: v1::StreamAllUidListResponse = decode(chunk)?;
            Ok((Name::list(chunk.uids, chunk.uids_not_utf8), chunk.missing))
        })
    }
}

/// The entries of a chunk, and who is missing.
type Chunk<T> = (Vec<T>, Vec<v1::GatewayFailure>);

/// A list that comes in chunks: a [`Stream`] of its entries, and for those who want no more than that,
/// [`next`](Self::next) and [`collect`](Self::collect). The call is made when the first entry is asked for.
///
/// ```no_run
/// # async fn example(client: gatewayworker::Client) -> gatewayworker::Result<()> {
/// let mut clients = client.stream_all_client_id_list();
/// while let Some(client_id) = clients.next().await {
///     println!("{}", client_id?);
/// }
/// # Ok(())
/// # }
/// ```
#[must_use = "the call is made when the first entry is asked for"]
pub struct Listing<T> {
    client: Client,
    path: &'static str,
    request: fn(Asked) -> Vec<u8>,
    read: fn(Bytes) -> Result<Chunk<T>>,
    asked: Asked,
    options: Options,
    state: State,
    entries: VecDeque<T>,
    missing: Vec<GatewayFailure>,
}

enum State {
    Fresh,
    Calling(BoxFuture<Streaming<Bytes>>),
    Open(Box<Streaming<Bytes>>),
    Over,
}

impl<T> Listing<T> {
    fn new(
        client: &Client,
        path: &'static str,
        request: fn(Asked) -> Vec<u8>,
        read: fn(Bytes) -> Result<Chunk<T>>,
    ) -> Self {
        let (asked, options) = (Asked::default(), Options::new());
        let (state, entries, missing) = (State::Fresh, VecDeque::new(), Vec::new());
        Self { client: client.clone(), path, request, read, asked, options, state, entries, missing }
    }

    /// As [`ClusterQuery::any_consistency`](crate::ClusterQuery::any_consistency).
    pub fn any_consistency(mut self) -> Self {
        self.asked.consistency = v1::Consistency::Any.into();
        self
    }

    /// Where a Gateway does not answer: list what there is, with the Gateway in [`missing`](Self::missing).
    pub fn partial_ok(mut self) -> Self {
        self.asked.partial_ok = true;
        self
    }

    /// How long the whole list may take.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.options.set_timeout(Some(timeout));
        self
    }

    /// With [`partial_ok`](Self::partial_ok), once the list is over: the Gateways whose clients are not in it.
    pub fn missing(&self) -> &[GatewayFailure] {
        &self.missing
    }

    /// The next entry; None after the last one, or after an error.
    pub async fn next(&mut self) -> Option<Result<T>> {
        std::future::poll_fn(|context| self.poll_entry(context)).await
    }

    /// All entries.
    ///
    /// # Errors
    ///
    /// The first one that comes.
    pub async fn collect<C: Default + Extend<T>>(mut self) -> Result<C> {
        let mut all = C::default();
        while let Some(entry) = self.next().await {
            all.extend([entry?]);
        }
        Ok(all)
    }

    fn poll_entry(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<T>>> {
        loop {
            if let Some(entry) = self.entries.pop_front() {
                return Poll::Ready(Some(Ok(entry)));
            }
            let step = match &mut self.state {
                State::Over => return Poll::Ready(None),
                State::Fresh => {
                    let (client, path, options) = (self.client.clone(), self.path, self.options.clone());
                    let request = (self.request)(self.asked.clone()).into();
                    self.state =
                        State::Calling(Box::pin(async move { client.streaming(path, request, options).await }));
                    continue;
                }
                State::Calling(call) => ready!(call.as_mut().poll(context)).map(|stream| {
                    self.state = State::Open(Box::new(stream));
                }),
                State::Open(stream) => match ready!(Pin::new(stream).poll_next(context)) {
                    None => {
                        self.state = State::Over;
                        Ok(())
                    }
                    Some(chunk) => chunk.map_err(Error::from).and_then(self.read).map(|(entries, missing)| {
                        self.entries.extend(entries);
                        self.missing.extend(GatewayFailure::list(missing));
                    }),
                },
            };
            if let Err(error) = step {
                self.state = State::Over;
                return Poll::Ready(Some(Err(error)));
            }
        }
    }
}

impl<T> Unpin for Listing<T> {}

impl<T> Stream for Listing<T> {
    type Item = Result<T>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.get_mut().poll_entry(context)
    }
}

impl<T> fmt::Debug for Listing<T> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Listing").field("path", &self.path).finish_non_exhaustive()
    }
}
