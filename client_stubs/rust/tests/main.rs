//! What conformance cannot see.

mod client;
mod daemon;
mod tls;
mod worker;
