//! Calls of messages that are bytes already: so there is one copy of tonic's machinery, and not one a call.

use std::future::Future;
use std::time::Duration;

use bytes::{Buf, BufMut, Bytes};
use prost::Message;
use tonic::client::Grpc;
use tonic::codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder};
use tonic::codegen::http::uri::PathAndQuery;
use tonic::metadata::MetadataValue;
use tonic::transport::Channel;
use tonic::{Code, Request, Status, Streaming};

use super::Client;
use crate::error::{Error, Result};
use crate::event::{Event, current_event};

/// The path of a call.
macro_rules! rpc {
    ($name:literal) => {
        concat!("/gatewayworker.v1.GatewayService/", $name)
    };
}
pub(super) use rpc;

/// What a call is made with beside its request. Made where the call is written, so that it belongs to that event wherever
/// it is awaited.
#[derive(Clone, Debug)]
pub(super) struct Options {
    timeout: Option<Option<Duration>>,
    event: Option<Event>,
}

impl Options {
    pub(super) fn new() -> Self {
        Self { timeout: None, event: current_event() }
    }

    pub(super) fn set_timeout(&mut self, timeout: Option<Duration>) {
        self.timeout = Some(timeout);
    }
}

impl Client {
    /// One request, one response.
    pub(super) async fn unary<R: Message + Default>(
        &self,
        path: &'static str,
        request: Bytes,
        options: Options,
    ) -> Result<R> {
        let timeout = options.timeout.unwrap_or(self.0.timeout);
        let request = self.request(request, &options, timeout)?;
        let answer = within(timeout, async {
            let mut grpc = self.ready().await?;
            grpc.unary(request, PathAndQuery::from_static(path), Raw).await
        });
        decode(answer.await?.into_inner())
    }

    /// One request, many responses. It has no timeout but the one it is given, which is for all of it.
    pub(super) async fn streaming(
        &self,
        path: &'static str,
        request: Bytes,
        options: Options,
    ) -> Result<Streaming<Bytes>> {
        let timeout = options.timeout.flatten();
        let request = self.request(request, &options, timeout)?;
        let answer = within(timeout, async {
            let mut grpc = self.ready().await?;
            grpc.server_streaming(request, PathAndQuery::from_static(path), Raw).await
        });
        Ok(answer.await?.into_inner())
    }

    async fn ready(&self) -> std::result::Result<Grpc<Channel>, Status> {
        let mut grpc = Grpc::new(self.0.channel.clone()).max_decoding_message_size(self.0.max_message_bytes);
        grpc.ready().await.map_err(|error| Status::from_error(Box::new(error)))?;
        Ok(grpc)
    }

    fn request(&self, message: Bytes, options: &Options, timeout: Option<Duration>) -> Result<Request<Bytes>> {
        let mut request = Request::new(message);
        if let Some(timeout) = timeout {
            request.set_timeout(timeout);
        }
        self.0.authorization.add_to(request.metadata_mut())?;
        if let Some(event) = options.event.as_ref().filter(|event| !event.client_id().is_empty()) {
            let value = |text: &str| {
                MetadataValue::try_from(text).map_err(|_| Error::invalid("client_id", "cannot be in metadata"))
            };
            request.metadata_mut().insert("gateway-client-id", value(event.client_id())?);
            request.metadata_mut().insert("gateway-generation", value(event.generation())?);
        }
        Ok(request)
    }
}

pub(super) fn decode<R: Message + Default>(answer: Bytes) -> Result<R> {
    R::decode(answer).map_err(|error| Error::new(Code::Internal, format!("the answer cannot be read: {error}")))
}

async fn within<T>(timeout: Option<Duration>, call: impl Future<Output = std::result::Result<T, Status>>) -> Result<T> {
    match timeout {
        None => Ok(call.await?),
        Some(timeout) => match tokio::time::timeout(timeout, call).await {
            Ok(answer) => Ok(answer?),
            Err(_) => Err(Error::new(Code::DeadlineExceeded, format!("no answer within {timeout:?}"))),
        },
    }
}

/// Bytes as they are.
struct Raw;

impl Codec for Raw {
    type Encode = Bytes;
    type Decode = Bytes;
    type Encoder = Raw;
    type Decoder = Raw;

    fn encoder(&mut self) -> Raw {
        Raw
    }

    fn decoder(&mut self) -> Raw {
        Raw
    }
}

impl Encoder for Raw {
    type Item = Bytes;
    type Error = Status;

    fn encode(&mut self, message: Bytes, out: &mut EncodeBuf<'_>) -> std::result::Result<(), Status> {
        out.put(message);
        Ok(())
    }
}

impl Decoder for Raw {
    type Item = Bytes;
    type Error = Status;

    fn decode(&mut self, buffer: &mut DecodeBuf<'_>) -> std::result::Result<Option<Bytes>, Status> {
        Ok(Some(buffer.copy_to_bytes(buffer.remaining())))
    }
}
