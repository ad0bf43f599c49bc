//! TLS to a server of tonic's, with certificates made by openssl.

use std::path::Path;
use std::process::Command;

use crate::daemon::{Daemon, messages, soon};
use gatewayworker::{Client, Error, HandlerResult, Tls, Worker};
use tonic::transport::{Certificate, Identity, Server, ServerTlsConfig};

fn openssl(folder: &Path, arguments: &[&str]) {
    let done = Command::new("openssl").args(arguments).current_dir(folder).output().expect("openssl");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
}

/// A folder with an authority, a server `gatewayd.test` and a client; removed by its drop.
struct Certificates(std::path::PathBuf);

impl Certificates {
    fn new(name: &str) -> Self {
        const KEY: [&str; 5] = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
        let folder = std::env::temp_dir().join(format!("gatewayworker-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let authority = ["-keyout", "ca.key", "-out", "ca.crt", "-subj", "/CN=test authority", "-days", "2"];
        openssl(&folder, &[&["req", "-x509"], &KEY[..], &authority].concat());
        for name in ["server", "client"] {
            let file = |extension: &str| format!("{name}.{extension}");
            std::fs::write(folder.join(file("ext")), "subjectAltName=DNS:gatewayd.test\n").unwrap();
            let (key, request, extensions, certificate) = (file("key"), file("csr"), file("ext"), file("crt"));
            let subject = format!("/CN={name}");
            let asked = ["-keyout", &key, "-out", &request, "-subj", &subject];
            openssl(&folder, &[&["req"], &KEY[..], &asked].concat());
            let signed = ["x509", "-req", "-in", &request, "-CA", "ca.crt", "-CAkey", "ca.key", "-CAcreateserial"];
            openssl(&folder, &[&signed[..], &["-out", &certificate, "-days", "2", "-extfile", &extensions]].concat());
        }
        Self(folder)
    }

    fn pem(&self, file: &str) -> Vec<u8> {
        std::fs::read(self.0.join(file)).unwrap()
    }

    fn server(&self) -> Server {
        let identity = Identity::from_pem(self.pem("server.crt"), self.pem("server.key"));
        let authority = Certificate::from_pem(self.pem("ca.crt"));
        let tls = ServerTlsConfig::new().identity(identity).client_ca_root(authority);
        Server::builder().tls_config(tls).unwrap()
    }

    fn tls(&self) -> Tls {
        Tls::new().root_certificates(self.pem("ca.crt")).server_name("gatewayd.test")
    }
}

impl Drop for Certificates {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[tokio::test]
async fn own_authorities_and_a_client_certificate() {
    let certificates = Certificates::new("client");
    let daemon = Daemon::default();
    let address = daemon.serve_by(certificates.server()).await;
    let known = certificates.tls().identity(certificates.pem("client.key"), certificates.pem("client.crt"));
    let client = Client::builder().address(&address).tls(known.clone()).token("t").build().unwrap();
    assert!(soon(client.is_online("x").into_future()).await.unwrap());
    assert_eq!(daemon.metadata()[0]["authorization"], "Bearer t");

    for (who, tls) in [("no certificate", certificates.tls()), ("another name", known.server_name("other.test"))] {
        let stranger = Client::builder().address(&address).tls(tls).build().unwrap();
        let error = soon(stranger.is_online("x").into_future()).await.unwrap_err();
        assert!(matches!(error, Error::Unavailable(_)), "{who}: {error}");
    }
    assert_eq!(daemon.metadata().len(), 1);
}

#[tokio::test]
async fn a_worker_attaches_by_tls() {
    let certificates = Certificates::new("worker");
    let daemon = Daemon::default();
    let mut requests = daemon.sends([messages("c1", 1, [b"hi".to_vec()])]);
    let tls = certificates.tls().identity(certificates.pem("client.key"), certificates.pem("client.crt"));
    let worker = Worker::builder().address(daemon.serve_by(certificates.server()).await).tls(tls);
    let worker = worker.on_message(|_, _| async { HandlerResult::Ok(()) }).build().unwrap();
    let serving = tokio::spawn({
        let worker = worker.clone();
        async move { worker.serve().await }
    });
    assert_eq!(soon(requests.recv()).await.unwrap().acks.unwrap().up_to, 1);
    worker.stop();
    soon(serving).await.unwrap().unwrap();
}

#[tokio::test]
async fn what_cannot_be_used_is_refused_at_once() {
    let unix = Client::builder().address("unix:/run/gatewayd.sock").tls(Tls::new()).build();
    assert!(matches!(unix.unwrap_err(), Error::InvalidArgument(_)));
    let nonsense = Tls::new().root_certificates("x").identity("no key", "no certificate");
    assert!(Client::builder().address("localhost:1").tls(nonsense).build().is_err());
}
