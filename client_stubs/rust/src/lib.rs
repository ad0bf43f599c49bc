//! A GatewayWorker cluster from Rust, through gatewayd: [`Worker`] gets what clients do, [`Client`] calls the Gateway API.
//!
//! ```no_run
//! use gatewayworker::{Event, HandlerResult, Worker};
//!
//! async fn echo(worker: Worker, event: Event) -> HandlerResult {
//!     worker.send_to_current_client(event.body())?;
//!     Ok(())
//! }
//!
//! #[tokio::main(flavor = "current_thread")]
//! async fn main() -> gatewayworker::Result<()> {
//!     Worker::builder().on_message(echo).run().await
//! }
//! ```
//!
//! The daemon is at the address given, else at `GATEWAYD_ADDRESS`, else at `127.0.0.1:50051`; `unix:/path` works. Each call
//! fails with an [`Error`] of its status. What is not wrapped here is in the generated [`v1`].
//!
//! # Features
//!
//! - `tls` (on): TLS to the daemon, by rustls and ring.
//! - `serde_json`: sessions from and to `serde_json::Value`.
//! - `server`: the generated server traits in [`v1`], for a stand-in of the daemon in your own tests.

#![deny(missing_docs)]
#![warn(missing_debug_implementations, unreachable_pub)]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod client;
pub mod commands;
mod connection;
mod error;
mod event;
#[cfg(feature = "serde_json")]
mod json;
mod message;
mod names;
mod results;
mod session;
mod value;
mod worker;

/// The generated messages and stubs of `gatewayworker.v1`, for what is not wrapped here.
#[allow(missing_docs, unreachable_pub, clippy::all, rustdoc::all)]
pub mod v1 {
    include!("generated/gatewayworker.v1.rs");
}

pub use bytes::Bytes;
pub use client::{
    Client, ClientBuilder, ClientCall, ClientQuery, ClusterCall, ClusterQuery, Execute, Listing, PartialQuery, Select,
};
pub use commands::Command;
#[cfg(feature = "tls")]
pub use connection::Tls;
pub use connection::{DEFAULT_ADDRESS, DEFAULT_MAX_MESSAGE_BYTES, Token};
pub use error::{Details, Error, Result};
pub use event::{Event, EventKind, Handshake, current_event};
pub use message::Message;
pub use names::OneOrMany;
pub use results::{CommandResult, Delivery, Field, GatewayFailure, Name, Partial, SelectedClient};
pub use session::{Session, SessionInput};
pub use tonic::Code;
pub use value::{Map, Value};
pub use worker::{
    BoxError, CommandError, HandlerResult, Outcome, SessionFreshness, SessionMode, Welcome, Worker, WorkerBuilder,
};

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
