//! Sends every message back to the client that sent it.

use gatewayworker::{Event, HandlerResult, Worker};

async fn on_message(worker: Worker, event: Event) -> HandlerResult {
    worker.send_to_current_client(event.body())?;
    Ok(())
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> gatewayworker::Result<()> {
    Worker::builder().on_message(on_message).run().await
}
