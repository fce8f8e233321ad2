//! Connections to other servers, with the root certificates of the system.

use std::sync::{Arc, OnceLock};

use tokio::net::TcpStream;
use tokio_rustls::{
    TlsConnector,
    client::TlsStream,
    rustls::{
        ClientConfig, RootCertStore,
        crypto::{CryptoProvider, aws_lc_rs::default_provider},
        pki_types::ServerName,
    },
};

/// The root certificates of the system, which may include a company's own.
pub fn roots() -> Arc<RootCertStore> {
    static ROOTS: OnceLock<Arc<RootCertStore>> = OnceLock::new();
    let load = || {
        let mut roots = RootCertStore::empty();
        // Those that cannot be parsed are of no use to a browser either.
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        roots.into()
    };
    ROOTS.get_or_init(load).clone()
}

pub fn provider() -> Arc<CryptoProvider> {
    default_provider().into()
}

/// Opens a connection that may speak one of these protocols.
pub async fn connect_tls(host: &str, port: u16, protocols: &[&str]) -> Result<TlsStream<TcpStream>, String> {
    let builder = ClientConfig::builder_with_provider(provider()).with_safe_default_protocol_versions();
    let mut config = builder.map_err(|error| error.to_string())?.with_root_certificates(roots()).with_no_client_auth();
    config.alpn_protocols = protocols.iter().map(|protocol| protocol.as_bytes().to_vec()).collect();
    let name = ServerName::try_from(host.to_owned()).map_err(|error| error.to_string())?;
    let stream = connect(host, port).await?;
    TlsConnector::from(Arc::new(config)).connect(name, stream).await.map_err(|error| error.to_string())
}

pub async fn connect(host: &str, port: u16) -> Result<TcpStream, String> {
    TcpStream::connect((host, port)).await.map_err(|error| error.to_string())
}
