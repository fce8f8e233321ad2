//! Connections to the public address, as a browser opens them.

use std::{
    sync::{Arc, OnceLock},
    time::Duration,
};

use tokio::net::TcpStream;
use tokio_rustls::{
    TlsConnector,
    client::TlsStream,
    rustls::{
        CertificateError, ClientConfig, Error, RootCertStore,
        client::{WebPkiServerVerifier, danger::ServerCertVerifier},
        crypto::{CryptoProvider, aws_lc_rs::default_provider},
        pki_types::{ServerName, UnixTime},
    },
};

/// No certificate is valid for so long.
const DISTANT: Duration = Duration::from_hours(500 * 365 * 24);

/// The root certificates of the system, which may include a company's own.
fn roots() -> Arc<RootCertStore> {
    static ROOTS: OnceLock<Arc<RootCertStore>> = OnceLock::new();
    let load = || {
        let mut roots = RootCertStore::empty();
        // Those that cannot be parsed are of no use to a browser either.
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        roots.into()
    };
    ROOTS.get_or_init(load).clone()
}

fn provider() -> Arc<CryptoProvider> {
    default_provider().into()
}

/// Opens a connection that may speak one of these protocols.
pub(super) async fn connect_tls(host: &str, port: u16, protocols: &[&str]) -> Result<TlsStream<TcpStream>, String> {
    let builder = ClientConfig::builder_with_provider(provider()).with_safe_default_protocol_versions();
    let mut config = builder.map_err(|error| error.to_string())?.with_root_certificates(roots()).with_no_client_auth();
    config.alpn_protocols = protocols.iter().map(|protocol| protocol.as_bytes().to_vec()).collect();
    let name = ServerName::try_from(host.to_owned()).map_err(|error| error.to_string())?;
    let stream = connect(host, port).await?;
    TlsConnector::from(Arc::new(config)).connect(name, stream).await.map_err(|error| error.to_string())
}

pub(super) async fn connect(host: &str, port: u16) -> Result<TcpStream, String> {
    TcpStream::connect((host, port)).await.map_err(|error| error.to_string())
}

/// Seconds since 1970 at which the certificate expires. The verifier says it of a certificate that has expired, as all have
/// in the distant future.
pub(super) fn expiry(stream: &TlsStream<TcpStream>, host: &str) -> Option<u64> {
    let [certificate, intermediates @ ..] = stream.get_ref().1.peer_certificates()? else { return None };
    let verifier = WebPkiServerVerifier::builder_with_provider(roots(), provider()).build().ok()?;
    let name = ServerName::try_from(host).ok()?;
    let distant = UnixTime::since_unix_epoch(DISTANT);
    match verifier.verify_server_cert(certificate, intermediates, &name, &[], distant) {
        Err(Error::InvalidCertificate(CertificateError::ExpiredContext { not_after, .. })) => Some(not_after.as_secs()),
        _ => None,
    }
}
