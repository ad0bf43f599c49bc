//! Where the daemon is and how it is spoken to: address, TLS, token.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use tonic::metadata::{Ascii, MetadataMap, MetadataValue};
use tonic::transport::Endpoint;

use crate::error::{Error, Result};

/// Where the daemon is unless the program or `GATEWAYD_ADDRESS` says otherwise.
pub const DEFAULT_ADDRESS: &str = "127.0.0.1:50051";

/// The largest message that gRPC takes unless it is told otherwise: 4 MiB.
pub const DEFAULT_MAX_MESSAGE_BYTES: usize = 4 * 1024 * 1024;

// A peer that vanished without a word is noticed by the kernel, at no cost here.
const TCP_KEEPALIVE: Duration = Duration::from_secs(60);

/// A bearer token: one for always, or what a function says at each call.
///
/// ```
/// use gatewayworker::Token;
///
/// let fixed = Token::from("secret");
/// let renewed = Token::from_fn(|| std::fs::read_to_string("/run/token").unwrap_or_default());
/// ```
#[derive(Clone)]
pub struct Token(Source);

#[derive(Clone)]
enum Source {
    Fixed(String),
    Function(Arc<dyn Fn() -> String + Send + Sync>),
}

impl Token {
    /// The function is asked for each call and each attachment; it must not block.
    pub fn from_fn(function: impl Fn() -> String + Send + Sync + 'static) -> Self {
        Self(Source::Function(Arc::new(function)))
    }
}

impl From<&str> for Token {
    fn from(token: &str) -> Self {
        Self(Source::Fixed(token.to_owned()))
    }
}

impl From<String> for Token {
    fn from(token: String) -> Self {
        Self(Source::Fixed(token))
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Token") // never what it is
    }
}

/// TLS to the daemon; each part is PEM. Nothing set: the system's authorities, and no certificate of our own.
#[cfg(feature = "tls")]
#[derive(Clone, Default)]
pub struct Tls {
    root_certificates: Option<Vec<u8>>,
    identity: Option<(Vec<u8>, Vec<u8>)>,
    server_name: Option<String>,
}

#[cfg(feature = "tls")]
impl Tls {
    /// The system's authorities, no certificate of our own.
    pub fn new() -> Self {
        Self::default()
    }

    /// The authorities that the daemon's certificate may be of, in place of the system's.
    pub fn root_certificates(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.root_certificates = Some(pem.into());
        self
    }

    /// Our own key, and the certificates from ours towards the authority.
    pub fn identity(mut self, private_key: impl Into<Vec<u8>>, certificate_chain: impl Into<Vec<u8>>) -> Self {
        self.identity = Some((private_key.into(), certificate_chain.into()));
        self
    }

    /// The name that the daemon's certificate must have, where it is not the host of the address.
    pub fn server_name(mut self, name: impl Into<String>) -> Self {
        self.server_name = Some(name.into());
        self
    }

    fn config(self) -> tonic::transport::ClientTlsConfig {
        use tonic::transport::{Certificate, ClientTlsConfig, Identity};
        let mut config = match self.root_certificates {
            Some(pem) => ClientTlsConfig::new().ca_certificate(Certificate::from_pem(pem)),
            None => ClientTlsConfig::new().with_native_roots(),
        };
        if let Some((key, certificates)) = self.identity {
            config = config.identity(Identity::from_pem(certificates, key));
        }
        match self.server_name {
            Some(name) => config.domain_name(name),
            None => config,
        }
    }
}

#[cfg(feature = "tls")]
impl fmt::Debug for Tls {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let has_identity = self.identity.is_some(); // never the key
        out.debug_struct("Tls").field("identity", &has_identity).field("server_name", &self.server_name).finish()
    }
}

/// What clients and workers are told of the daemon.
#[derive(Clone, Debug, Default)]
pub(crate) struct Target {
    pub(crate) address: Option<String>,
    pub(crate) token: Option<Token>,
    #[cfg(feature = "tls")]
    pub(crate) tls: Option<Tls>,
}

impl Target {
    /// The address given, else GATEWAYD_ADDRESS, else the default.
    pub(crate) fn address(&self) -> String {
        choose(self.address.clone(), std::env::var("GATEWAYD_ADDRESS").ok())
    }

    pub(crate) fn endpoint(&self) -> Result<Endpoint> {
        let address = self.address();
        let wrong = |error: tonic::transport::Error| {
            let cause = std::error::Error::source(&error).map(|cause| format!(": {cause}")).unwrap_or_default();
            Error::invalid("address", format_args!("{address:?} cannot be used: {error}{cause}"))
        };
        let scheme = if self.has_tls() { "https" } else { "http" };
        let uri = if address.starts_with("unix:") { address.clone() } else { format!("{scheme}://{address}") };
        let endpoint = Endpoint::from_shared(uri).map_err(wrong)?.tcp_keepalive(Some(TCP_KEEPALIVE));
        #[cfg(feature = "tls")]
        if let Some(tls) = &self.tls {
            return endpoint.tls_config(tls.clone().config()).map_err(wrong);
        }
        Ok(endpoint)
    }

    pub(crate) fn authorization(&self) -> Result<Authorization> {
        Ok(match &self.token {
            None => Authorization::None,
            Some(Token(Source::Fixed(token))) => Authorization::Fixed(bearer(token)?),
            Some(Token(Source::Function(function))) => Authorization::Function(function.clone()),
        })
    }

    fn has_tls(&self) -> bool {
        #[cfg(feature = "tls")]
        return self.tls.is_some();
        #[cfg(not(feature = "tls"))]
        false
    }
}

fn choose(given: Option<String>, environment: Option<String>) -> String {
    let set = |address: &String| !address.is_empty();
    given.filter(set).or(environment.filter(set)).unwrap_or_else(|| DEFAULT_ADDRESS.to_owned())
}

/// The token, ready to be put into metadata.
#[derive(Clone)]
pub(crate) enum Authorization {
    None,
    Fixed(MetadataValue<Ascii>),
    Function(Arc<dyn Fn() -> String + Send + Sync>),
}

impl Authorization {
    pub(crate) fn add_to(&self, metadata: &mut MetadataMap) -> Result<()> {
        let value = match self {
            Self::None => return Ok(()),
            Self::Fixed(value) => value.clone(),
            Self::Function(function) => bearer(&function())?,
        };
        metadata.insert("authorization", value);
        Ok(())
    }
}

fn bearer(token: &str) -> Result<MetadataValue<Ascii>> {
    let mut value = MetadataValue::try_from(format!("Bearer {token}"))
        .map_err(|_| Error::invalid("token", "has bytes that metadata cannot carry"))?;
    value.set_sensitive(true);
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address() {
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(choose(None, None), "127.0.0.1:50051");
        assert_eq!(choose(None, some("")), "127.0.0.1:50051");
        assert_eq!(choose(None, some("unix:/run/gatewayd.sock")), "unix:/run/gatewayd.sock");
        assert_eq!(choose(some("10.0.0.1:1"), some("unix:/run/gatewayd.sock")), "10.0.0.1:1");
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for address in ["a b", "http://x:1/y z"] {
            let target = Target { address: Some(address.into()), ..Target::default() };
            assert_eq!(target.endpoint().unwrap_err().details().field.as_deref(), Some("address"));
        }
        for address in ["[::1]:50051", "daemon.example:1", "unix:/a b/c.sock"] {
            assert!(Target { address: Some(address.into()), ..Target::default() }.endpoint().is_ok());
        }
    }

    #[test]
    fn tokens_that_metadata_cannot_carry_are_refused() {
        assert_eq!(bearer("a").unwrap(), "Bearer a");
        assert_eq!(bearer("a\nb").unwrap_err().details().field.as_deref(), Some("token"));
        assert_eq!(format!("{:?}", Token::from("secret")), "Token");
    }
}
