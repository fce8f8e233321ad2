//! TLS servers with certificates of an authority that only the test knows.

use std::{fs, path::Path, process::Command, sync::Arc};

use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        ServerConfig,
        crypto::aws_lc_rs::default_provider,
        pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
    },
};

/// Makes a certificate for `localhost`, `cert.pem`, of an authority, `authority.pem`, and its key.
pub fn certificate(folder: &Path, days: &str) {
    let openssl = |arguments: &str| {
        let output =
            Command::new("openssl").args(arguments.split(' ')).current_dir(folder).output().expect("openssl runs");
        assert!(output.status.success(), "{output:?}");
    };
    let key = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes";
    openssl(&format!("req -x509 {key} -days 30 -subj /CN=authority -keyout authority.key -out authority.pem"));
    openssl(&format!("req {key} -subj /CN=localhost -keyout key.pem -out request.pem"));
    fs::write(folder.join("names"), "subjectAltName=DNS:localhost").expect("written");
    openssl(&format!(
        "x509 -req -in request.pem -CA authority.pem -CAkey authority.key -CAcreateserial -days {days} -extfile names -out cert.pem"
    ));
}

/// Accepts TLS with the certificate in the folder.
pub fn tls_acceptor(folder: &Path, protocols: &[&str]) -> TlsAcceptor {
    let certificates: Vec<_> = CertificateDer::pem_file_iter(folder.join("cert.pem"))
        .expect("a file")
        .map(|certificate| certificate.expect("a certificate"))
        .collect();
    let key = PrivateKeyDer::from_pem_file(folder.join("key.pem")).expect("a key");
    let builder = ServerConfig::builder_with_provider(default_provider().into()).with_safe_default_protocol_versions();
    let builder = builder.expect("versions").with_no_client_auth();
    let mut config = builder.with_single_cert(certificates, key).expect("a certificate");
    config.alpn_protocols = protocols.iter().map(|protocol| protocol.as_bytes().to_vec()).collect();
    TlsAcceptor::from(Arc::new(config))
}
