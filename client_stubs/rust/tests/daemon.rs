//! A daemon that answers as a test wants, and keeps what it was asked.

use std::collections::HashMap;
use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use gatewayworker::v1::{self, gateway_service_server as gateway, worker_service_server as worker};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio_stream::wrappers::{ReceiverStream, TcpListenerStream};
use tonic::body::Body;
use tonic::codegen::{BoxStream, Service, http};
use tonic::transport::Server;
use tonic::{Request, Response, Status, Streaming};

/// Anything takes this long only where it never comes.
pub async fn soon<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(30), future).await.expect("it did not come")
}

type BoxFuture<T> = Pin<Box<dyn Future<Output = T> + Send>>;
type Script = Box<dyn FnMut(Stream) -> BoxFuture<Result<(), Status>> + Send>;

/// One Attach, after hello and welcome.
pub struct Stream {
    pub requests: Streaming<v1::AttachRequest>,
    responses: mpsc::Sender<Result<v1::AttachResponse, Status>>,
}

impl Stream {
    pub async fn send(&self, response: v1::AttachResponse) {
        let _ = self.responses.send(Ok(response)).await; // a worker that has gone takes none
    }

    /// The next request; None where the worker has gone.
    pub async fn next(&mut self) -> Option<v1::AttachRequest> {
        self.requests.message().await.ok().flatten()
    }

    /// Hands on what comes until the worker leaves.
    pub async fn forward(mut self, to: mpsc::UnboundedSender<v1::AttachRequest>) -> Result<(), Status> {
        while let Some(request) = self.next().await {
            let leaves = request.leave.is_some();
            let _ = to.send(request);
            if leaves {
                break;
            }
        }
        Ok(())
    }
}

#[derive(Clone, Default)]
pub struct Daemon(Arc<Inner>);

#[derive(Default)]
struct Inner {
    metadata: Mutex<Vec<HashMap<String, String>>>,
    hellos: Mutex<Vec<v1::Hello>>,
    script: Mutex<Option<Script>>,
}

impl Daemon {
    /// What it does with each Attach.
    pub fn attached<F, R>(&self, mut script: F)
    where
        F: FnMut(Stream) -> R + Send + 'static,
        R: Future<Output = Result<(), Status>> + Send + 'static,
    {
        *self.0.script.lock().unwrap() = Some(Box::new(move |stream| Box::pin(script(stream))));
    }

    /// Sends these to each worker, and hands on what comes until it leaves.
    pub fn sends<const N: usize>(
        &self,
        responses: [v1::AttachResponse; N],
    ) -> mpsc::UnboundedReceiver<v1::AttachRequest> {
        let (to, requests) = mpsc::unbounded_channel();
        self.attached(move |stream| {
            let (responses, to) = (responses.clone(), to.clone());
            async move {
                for response in responses {
                    stream.send(response).await;
                }
                stream.forward(to).await
            }
        });
        requests
    }

    pub fn hellos(&self) -> Vec<v1::Hello> {
        self.0.hellos.lock().unwrap().clone()
    }

    /// That of each call, in order.
    pub fn metadata(&self) -> Vec<HashMap<String, String>> {
        self.0.metadata.lock().unwrap().clone()
    }

    /// Serves on a port that was free; its address.
    pub async fn serve(&self) -> String {
        self.serve_by(Server::builder()).await
    }

    pub async fn serve_by(&self, mut server: Server) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let services = Services {
            gateway: gateway::GatewayServiceServer::new(self.clone()),
            worker: worker::WorkerServiceServer::new(self.clone()),
        };
        server = server.tcp_nodelay(true);
        tokio::spawn(server.serve_with_incoming(services, TcpListenerStream::new(listener)));
        address
    }

    fn note<T>(&self, request: &Request<T>) {
        let text = |value: &http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
        let headers = request.metadata().clone().into_headers();
        let all = headers.iter().map(|(name, value)| (name.to_string(), text(value))).collect();
        self.0.metadata.lock().unwrap().push(all);
    }
}

#[tonic::async_trait]
impl gateway::GatewayService for Daemon {
    async fn is_online(&self, request: Request<v1::IsOnlineRequest>) -> Result<Response<v1::IsOnlineResponse>, Status> {
        self.note(&request);
        if request.get_ref().client_id == "silent" {
            std::future::pending::<()>().await;
        }
        Ok(Response::new(v1::IsOnlineResponse { online: true }))
    }

    async fn get_session(&self, _: Request<v1::GetSessionRequest>) -> Result<Response<v1::GetSessionResponse>, Status> {
        let mut status = Status::not_found("client_id is offline");
        for (key, value) in [
            ("gatewayd-reason", "offline"),
            ("gatewayd-gateway", "a:1"),
            ("gatewayd-gateway", "b:2"),
            ("gatewayd-field", "client_id"),
        ] {
            status.metadata_mut().append(key, value.parse().unwrap());
        }
        Err(status)
    }

    async fn send_to_current_client(
        &self,
        request: Request<v1::SendToCurrentClientRequest>,
    ) -> Result<Response<v1::SendToCurrentClientResponse>, Status> {
        self.note(&request);
        Ok(Response::new(v1::SendToCurrentClientResponse {}))
    }

    async fn get_all_client_count(
        &self,
        request: Request<v1::GetAllClientCountRequest>,
    ) -> Result<Response<v1::GetAllClientCountResponse>, Status> {
        if !request.get_ref().partial_ok {
            return Err(Status::unavailable("g does not answer"));
        }
        Ok(Response::new(v1::GetAllClientCountResponse { count: 5, missing: vec![failure("g", "lost")] }))
    }

    async fn get_all_client_id_list(
        &self,
        _: Request<v1::GetAllClientIdListRequest>,
    ) -> Result<Response<v1::GetAllClientIdListResponse>, Status> {
        let client_ids = vec!["x".repeat(1024 * 1024); 5];
        Ok(Response::new(v1::GetAllClientIdListResponse { client_ids, missing: vec![] }))
    }

    async fn stream_all_client_id_list(
        &self,
        request: Request<v1::StreamAllClientIdListRequest>,
    ) -> Result<Response<BoxStream<v1::StreamAllClientIdListResponse>>, Status> {
        let chunk = |client_ids: &[&str]| v1::StreamAllClientIdListResponse {
            client_ids: client_ids.iter().map(|id| (*id).to_owned()).collect(),
            missing: vec![],
        };
        let last = if request.get_ref().partial_ok {
            Ok(v1::StreamAllClientIdListResponse { client_ids: vec![], missing: vec![failure("g", "lost")] })
        } else {
            Err(Status::unavailable("g does not answer"))
        };
        let chunks = [Ok(chunk(&["a", "b"])), Ok(chunk(&[])), Ok(chunk(&["c"])), last];
        Ok(Response::new(Box::pin(tokio_stream::iter(chunks))))
    }
}

#[tonic::async_trait]
impl worker::WorkerService for Daemon {
    async fn attach(
        &self,
        request: Request<Streaming<v1::AttachRequest>>,
    ) -> Result<Response<BoxStream<v1::AttachResponse>>, Status> {
        self.note(&request);
        let mut requests = request.into_inner();
        let first = requests.message().await?.ok_or_else(|| Status::cancelled("no hello"))?;
        self.0.hellos.lock().unwrap().push(first.hello.clone().unwrap());
        let (responses, receiver) = mpsc::channel(16);
        let welcome = v1::Welcome { version: "fake".into(), window_events: 10, ..Default::default() };
        responses.send(Ok(response(v1::attach_response::Message::Welcome(welcome)))).await.unwrap();
        let stream = Stream { requests, responses: responses.clone() };
        let running = (self.0.script.lock().unwrap().as_mut().expect("a script"))(stream);
        tokio::spawn(async move {
            if let Err(status) = running.await {
                let _ = responses.send(Err(status)).await;
            }
        });
        Ok(Response::new(Box::pin(ReceiverStream::new(receiver))))
    }
}

/// Both services, by the path of the call.
#[derive(Clone)]
struct Services {
    gateway: gateway::GatewayServiceServer<Daemon>,
    worker: worker::WorkerServiceServer<Daemon>,
}

impl Service<http::Request<Body>> for Services {
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = tonic::codegen::BoxFuture<Self::Response, Infallible>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        if request.uri().path().starts_with("/gatewayworker.v1.WorkerService/") {
            self.worker.call(request)
        } else {
            self.gateway.call(request)
        }
    }
}

pub fn response(message: v1::attach_response::Message) -> v1::AttachResponse {
    v1::AttachResponse { message: Some(message) }
}

pub fn failure(gateway: &str, reason: &str) -> v1::GatewayFailure {
    v1::GatewayFailure { gateway: gateway.into(), reason: reason.into() }
}

/// A batch of messages of one client, with ids from `first`.
pub fn messages(client_id: &str, first: u64, bodies: impl IntoIterator<Item = Vec<u8>>) -> v1::AttachResponse {
    let event = |(id, body): (u64, Vec<u8>)| v1::Event {
        id,
        kind: v1::EventKind::Message.into(),
        client_id: client_id.into(),
        generation: "g1".into(),
        body: body.into(),
        ..Default::default()
    };
    let events = (first..).zip(bodies).map(event).collect();
    response(v1::attach_response::Message::Events(v1::EventBatch { events }))
}
