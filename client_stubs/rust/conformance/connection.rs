//! How a request wants the daemon spoken to.

use gatewayworker::{Tls, Token};
use serde_json::Value;

use crate::{Object, text};

/// The package's TLS options, of PEM files.
pub fn tls(request: &Object) -> Option<Tls> {
    let given = request.get("tls")?.as_object().expect("tls");
    let pem = |name: &str| given.get(name).and_then(Value::as_str).map(|path| std::fs::read(path).expect(path));
    let mut tls = Tls::new().server_name(text(given, "server_name"));
    if let Some(authorities) = pem("authorities") {
        tls = tls.root_certificates(authorities);
    }
    if let (Some(key), Some(certificate)) = (pem("key"), pem("certificate")) {
        tls = tls.identity(key, certificate);
    }
    Some(tls)
}

/// A token that stays the same, or one that is read from its file each time it is asked.
pub fn token(request: &Object) -> Option<Token> {
    if let Some(path) = request.get("token_file").and_then(Value::as_str).map(str::to_owned) {
        return Some(Token::from_fn(move || std::fs::read_to_string(&path).expect("the token's file")));
    }
    request.get("token").and_then(Value::as_str).map(Token::from)
}

/// The same for requests that may share a client.
pub fn key(request: &Object) -> String {
    ["address", "tls", "token", "token_file"]
        .map(|name| request.get(name).unwrap_or(&Value::Null).to_string())
        .join(" ")
}
