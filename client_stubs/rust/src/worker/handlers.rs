//! What the user of a worker wrote: called so that nothing it does can harm the worker.

use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::Poll;

use super::Worker;
use super::dispatch::Handling;
use super::options::{BoxError, CommandError, HandlerResult, Outcome, Welcome};
use crate::event::{Event, EventKind};

type Handler = Arc<dyn Fn(Worker, Event) -> Handling + Send + Sync>;
type Attached = Arc<dyn Fn(Worker, Welcome) -> Pin<Box<dyn Future<Output = ()> + Send>> + Send + Sync>;
type OnError = Arc<dyn Fn(&Event, &BoxError) -> Outcome + Send + Sync>;
type OnCommandError = Arc<dyn Fn(&CommandError) + Send + Sync>;

#[derive(Clone, Default)]
pub(super) struct Handlers {
    by_kind: [Option<Handler>; EventKind::ALL.len()],
    pub(super) attached: Option<Attached>,
    pub(super) error: Option<OnError>,
    pub(super) command_error: Option<OnCommandError>,
}

impl Handlers {
    pub(super) fn set<F, R>(&mut self, kind: EventKind, handler: F)
    where
        F: Fn(Worker, Event) -> R + Send + Sync + 'static,
        R: Future<Output = HandlerResult> + Send + 'static,
    {
        let handler = Arc::new(handler);
        self.by_kind[kind as usize] = Some(Arc::new(move |worker, event| {
            let handler = handler.clone();
            let handling = {
                let (worker, event) = (worker.clone(), event.clone());
                async move { handler(worker, event).await }
            };
            Box::pin(event.clone().scope(async move {
                let result = caught(handling).await.unwrap_or_else(|panic| Err(panic.into()));
                worker.handled(&event, result);
            }))
        }));
    }

    /// The kinds that have a handler, as the hello names them.
    pub(super) fn kinds(&self) -> Vec<i32> {
        let has = |kind: &EventKind| self.by_kind[*kind as usize].is_some();
        EventKind::ALL.into_iter().filter(has).map(EventKind::number).collect()
    }

    /// None where the kind has no handler.
    pub(super) fn handle(&self, worker: &Worker, event: &Event) -> Option<Handling> {
        let handler = self.by_kind[event.kind() as usize].as_ref()?;
        Some(handler(worker.clone(), event.clone()))
    }
}

/// A future that may panic; then what it said.
pub(super) async fn caught<T>(future: impl Future<Output = T>) -> Result<T, String> {
    let mut future = pin!(future);
    poll_fn(|context| match catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(context))) {
        Ok(Poll::Pending) => Poll::Pending,
        Ok(Poll::Ready(value)) => Poll::Ready(Ok(value)),
        Err(panic) => Poll::Ready(Err(said(panic.as_ref()))),
    })
    .await
}

/// A function that may panic; then what it said.
pub(super) fn caught_now<T>(function: impl FnOnce() -> T) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(function)).map_err(|panic| said(panic.as_ref()))
}

fn said(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    format!("it panicked: {}", text.unwrap_or("no text"))
}
