//! The certificate of the public address, as a browser sees it.

use std::time::Duration;

use tokio::net::TcpStream;
use tokio_rustls::{
    client::TlsStream,
    rustls::{
        CertificateError, Error,
        client::{WebPkiServerVerifier, danger::ServerCertVerifier},
        pki_types::{ServerName, UnixTime},
    },
};

use crate::tls_client::{provider, roots};

/// No certificate is valid for so long.
const DISTANT: Duration = Duration::from_hours(500 * 365 * 24);

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
