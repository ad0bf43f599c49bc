//! Attached to the daemon, and again, until the worker is stopped.

use std::sync::Arc;

use tokio::sync::watch;
use tonic::client::Grpc;
use tonic::codegen::http::uri::PathAndQuery;
use tonic::{Code, Request, Status};
use tonic_prost::ProstCodec;

use super::backoff::Backoff;
use super::dispatch::{Dispatcher, Work};
use super::handlers::{caught, caught_now};
use super::options::{CommandError, HandlerResult, Outcome, Welcome};
use super::outbox::{Outbox, Requests};
use super::{Stop, Worker};
use crate::error::{Error, Result};
use crate::event::Event;
use crate::v1;
use crate::v1::attach_response::Message;

impl Work for Event {
    fn client_id(&self) -> &str {
        self.client_id()
    }

    fn is_dropped(&self) -> bool {
        self.outbox().is_closed()
    }
}

/// The stream that there is now; closed by its drop.
struct Attachment<'a> {
    worker: &'a Worker,
    outbox: Arc<Outbox>,
}

impl<'a> Attachment<'a> {
    fn new(worker: &'a Worker) -> Self {
        let outbox = Arc::new(Outbox::new(worker.key(), worker.0.hello.clone()));
        *worker.attached() = Some(outbox.clone());
        Self { worker, outbox }
    }
}

impl Drop for Attachment<'_> {
    fn drop(&mut self) {
        *self.worker.attached() = None;
        self.outbox.close();
    }
}

impl Worker {
    pub(super) async fn attach_until_stopped(&self) -> Result<()> {
        let worker = self.clone();
        let mut dispatcher = Dispatcher::new(self.0.settings.concurrency, move |event: &Event| {
            worker.0.handlers.handle(&worker, event).unwrap_or_else(|| Box::pin(std::future::ready(())))
        });
        let mut stop = self.0.stop.subscribe();
        let attached = self.attach_again_and_again(&mut dispatcher, &mut stop).await;
        if attached.is_ok() {
            tokio::select! {
                () = dispatcher.finish() => {}
                () = reaches(&mut stop, Stop::Cut) => {}
                () = tokio::time::sleep(self.0.settings.stop_timeout) => self.warn(format_args!("handlers still run")),
            }
        }
        dispatcher.cancel().await;
        if attached.is_ok() {
            self.info(format_args!("left"));
        }
        attached
    }

    async fn attach_again_and_again(
        &self,
        dispatcher: &mut Dispatcher<Event>,
        stop: &mut watch::Receiver<Stop>,
    ) -> Result<()> {
        let mut backoff = Backoff::new(self.0.settings.backoff.0, self.0.settings.backoff.1);
        while !self.is_stopping() {
            let attachment = Attachment::new(self);
            let ended = tokio::select! {
                ended = self.attach(&attachment.outbox, dispatcher) => ended,
                () = self.leave(&attachment.outbox, stop) => {
                    self.0.stop.send_replace(Stop::Cut);
                    return Ok(());
                }
            };
            let welcomed = attachment.outbox.is_welcomed();
            drop(attachment);
            if self.is_stopping() {
                return Ok(());
            }
            let problem = match ended {
                Ok(()) => "the stream ended".to_owned(),
                Err(error) if error.is_final() => {
                    self.error(format_args!("{}: {error}", self.address()));
                    return Err(error);
                }
                Err(error) => error.to_string(),
            };
            self.warn(format_args!("{}: {problem}; attaching again", self.address()));
            if welcomed {
                backoff.start_anew();
            }
            tokio::select! {
                () = tokio::time::sleep(backoff.pause()) => {}
                () = reaches(stop, Stop::Leave) => {}
            }
        }
        Ok(())
    }

    fn is_stopping(&self) -> bool {
        *self.0.stop.borrow() != Stop::No
    }

    /// Leaves once the worker is stopped. Returns when the stream is to be cut: it is not attached, or that takes too long.
    async fn leave(&self, outbox: &Outbox, stop: &mut watch::Receiver<Stop>) {
        reaches(stop, Stop::Leave).await;
        if outbox.is_welcomed() {
            outbox.leave(self.0.settings.leave_mode);
            tokio::select! {
                () = tokio::time::sleep(self.0.settings.stop_timeout) => {}
                () = reaches(stop, Stop::Cut) => {}
            }
        }
    }

    /// One stream, from hello to its end: what comes is handed on. Ok where the daemon ended it with OK.
    async fn attach(&self, outbox: &Arc<Outbox>, dispatcher: &mut Dispatcher<Event>) -> Result<()> {
        let mut request = Request::new(Requests(outbox.clone()));
        self.0.authorization.add_to(request.metadata_mut())?;
        let mut grpc = Grpc::new(self.channel()).max_decoding_message_size(self.max_message_bytes());
        grpc.ready().await.map_err(|error| Status::from_error(Box::new(error)))?;
        let path = PathAndQuery::from_static("/gatewayworker.v1.WorkerService/Attach");
        let codec = ProstCodec::<v1::AttachRequest, v1::AttachResponse>::new();
        let mut responses = grpc.streaming(request, path, codec).await?.into_inner();
        loop {
            let response = tokio::select! {
                biased;
                response = responses.message() => response?,
                () = dispatcher.room() => {
                    let cork = outbox.cork();
                    dispatcher.pump(|| cork.flush()).await;
                    continue;
                }
            };
            match response.map(|response| response.message) {
                None => return Ok(()),
                Some(None) => {} // of a later version
                Some(Some(Message::Events(batch))) => self.take(batch, outbox, dispatcher).await?,
                Some(Some(Message::Welcome(welcome))) => self.welcomed(welcome, outbox).await,
                Some(Some(Message::CommandErrors(errors))) => {
                    errors.errors.into_iter().for_each(|error| self.command_failed(error))
                }
                Some(Some(Message::Synced(synced))) => outbox.synced(synced),
                Some(Some(Message::Draining(_))) => self.info(format_args!("{} is going", self.address())),
            }
        }
    }

    async fn take(
        &self,
        batch: v1::EventBatch,
        outbox: &Arc<Outbox>,
        dispatcher: &mut Dispatcher<Event>,
    ) -> Result<()> {
        let Some(newest) = batch.events.last().map(|event| event.id) else { return Ok(()) };
        if outbox.is_closed() {
            return Ok(()); // they come again
        }
        let count = batch.events.len();
        let events: Option<Vec<_>> = batch.events.into_iter().map(|event| Event::new(event, outbox)).collect();
        let events = events.ok_or_else(|| Error::new(Code::Internal, "an event of a kind that was not asked for"))?;
        outbox.received(count, newest);
        let cork = outbox.cork();
        dispatcher.put(events, || cork.flush()).await;
        Ok(())
    }

    async fn welcomed(&self, welcome: v1::Welcome, outbox: &Outbox) {
        outbox.set_welcomed();
        self.info(format_args!("attached to gatewayd {}, {}", welcome.version, self.address()));
        if let Some(hook) = &self.0.handlers.attached {
            let (hook, worker) = (hook.clone(), self.clone());
            if let Err(panic) = caught(async move { hook(worker, Welcome::from(welcome)).await }).await {
                self.error(format_args!("on_attached: {panic}"));
            }
        }
    }

    fn command_failed(&self, error: v1::CommandError) {
        let error = CommandError::from(error);
        match &self.0.handlers.command_error {
            None => self.warn(format_args!("a command failed: {:?} {}", error.code, error.message)),
            Some(hook) => {
                if let Err(panic) = caught_now(|| hook(&error)) {
                    self.error(format_args!("on_command_error: {panic}"));
                }
            }
        }
    }

    /// A handler has ended.
    pub(super) fn handled(&self, event: &Event, result: HandlerResult) {
        let Err(error) = result else { return event.outbox().complete(event) };
        self.error(format_args!("handling {event:?} failed: {}", chain(error.as_ref())));
        let outcome = match &self.0.handlers.error {
            None => Outcome::Ack,
            Some(hook) => caught_now(|| hook(event, &error)).unwrap_or_else(|panic| {
                self.error(format_args!("on_error: {panic}; the event counts as done"));
                Outcome::Ack
            }),
        };
        if outcome == Outcome::Redeliver && self.0.hello.ack_mode() != v1::AckMode::OnSend {
            event.outbox().break_off();
        } else {
            event.outbox().complete(event);
        }
    }
}

/// Waits until the worker is stopped so much.
async fn reaches(stop: &mut watch::Receiver<Stop>, wanted: Stop) {
    if stop.wait_for(|stop| *stop >= wanted).await.is_err() {
        std::future::pending().await // the sender is the worker's own: it is there
    }
}

/// An error with its causes.
fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}
