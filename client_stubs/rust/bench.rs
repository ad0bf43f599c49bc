//! What ./dev bench stubs measures. `echo TARGET`: an echo worker that says "attached". `calls TARGET CLIENT_ID SECONDS`:
//! SendToClient with 64 in flight; its last line is JSON.

use std::time::{Duration, Instant};

use gatewayworker::{Client, Event, HandlerResult, Worker};
use tokio::task::JoinSet;

const IN_FLIGHT: usize = 64;
const BYTES: usize = 100;

async fn echo(worker: Worker, event: Event) -> HandlerResult {
    worker.send_to_current_client(event.body())?;
    Ok(())
}

async fn calls(target: &str, client_id: &str, seconds: f64) -> gatewayworker::Result<()> {
    let client = Client::builder().address(target).build()?;
    let message = gatewayworker::Bytes::from(vec![b'x'; BYTES]);
    let started = Instant::now();
    let ends = started + Duration::from_secs_f64(seconds);
    let mut callers = JoinSet::new();
    for _ in 0..IN_FLIGHT {
        let (client, client_id, message) = (client.clone(), client_id.to_owned(), message.clone());
        callers.spawn(async move {
            let (mut done, mut failed) = (0_u64, 0_u64);
            while Instant::now() < ends {
                match client.send_to_client(&client_id, &message).await {
                    Ok(()) => done += 1,
                    Err(_) => failed += 1,
                }
            }
            (done, failed)
        });
    }
    let each = callers.join_all().await;
    let done: u64 = each.iter().map(|(done, _)| done).sum();
    let failed: u64 = each.iter().map(|(_, failed)| failed).sum();
    let per_second = done as f64 / started.elapsed().as_secs_f64();
    println!("{}", serde_json::json!({"per_second": per_second, "count": done, "failed": failed}));
    Ok(())
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        ["echo", target] => {
            let attached = |_, _| async { println!("attached") };
            let worker = Worker::builder().address(*target).name("rust").on_message(echo).on_attached(attached);
            worker.run().await?;
        }
        ["calls", target, client_id, seconds] => calls(target, client_id, seconds.parse()?).await?,
        _ => return Err("usage: bench echo TARGET | bench calls TARGET CLIENT_ID SECONDS".into()),
    }
    Ok(())
}
