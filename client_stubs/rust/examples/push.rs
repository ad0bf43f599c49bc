//! Sends a message from a script, with no worker: to everyone, to a uid or to a group. Says how far it came.
//!
//! push "hello" · push --uid 42 "your parcel is here" · push --group news "extra"
//! (Where no worker is attached at all, PHP Gateways close their clients: run gatewayd with --events=always.)

use gatewayworker::Client;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let client = Client::new()?;
    let delivery = match arguments.as_slice() {
        ["--uid", uid, message] => client.send_to_uid(*uid, *message).await?,
        ["--group", group, message] => client.send_to_group(*group, *message).await?,
        [message] => client.send_to_all(*message).await?,
        _ => return Err("usage: push [--uid UID | --group GROUP] MESSAGE".into()),
    };
    let online = client.get_all_client_count().await?;
    println!("sent to {} Gateways, {online} clients are online", delivery.gateways);
    for failure in delivery.unreachable {
        println!("not to {}: {}", failure.gateway, failure.reason);
    }
    Ok(())
}
