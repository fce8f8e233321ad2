//! The public address, from the outside in: what a browser finds there.

use std::time::Duration;

use doorward_verify::Jwks;
use tokio::time::timeout;
use url::Url;

use super::{connection::expiry, report::Report};
use crate::{
    clock::Clock,
    config::Config,
    http_request::{Response, get},
    store::Store,
    tls_client::{connect, connect_tls},
};

const TIMEOUT: Duration = Duration::from_secs(10);

/// Certificates are renewed 30 days before they expire, if all is well.
const RENEWAL_DAYS: u64 = 14;

const DAY: u64 = 24 * 60 * 60;

const SUBJECT: &str = "public_url";

struct Address {
    url: Url,
    /// An IPv6 address without brackets.
    host: String,
    port: u16,
}

impl Address {
    fn is_https(&self) -> bool {
        self.url.scheme() == "https"
    }

    fn is_loopback(&self) -> bool {
        self.host == "localhost" || self.host.starts_with("127.") || self.host == "::1"
    }

    async fn get(&self, path: &str) -> Result<Response, String> {
        let authority = self.url.authority();
        let request = async {
            if self.is_https() {
                get(connect_tls(&self.host, self.port, &["http/1.1"]).await?, authority, path).await
            } else {
                get(connect(&self.host, self.port).await?, authority, path).await
            }
        };
        timeout(TIMEOUT, request).await.map_err(|_| no_response())?
    }
}

fn no_response() -> String {
    format!("no response within {} s", TIMEOUT.as_secs())
}

pub(super) async fn check(config: &Config, store: Option<&Store>, clock: &Clock, report: &mut Report) {
    let default = format!("http://localhost:{}", config.listen.port());
    let Ok(url) = Url::parse(config.public_url.as_ref().unwrap_or(&default)) else { return };
    let (Some(host), Some(port)) =
        (url.host_str().map(|host| host.trim_matches(['[', ']']).to_owned()), url.port_or_known_default())
    else {
        return;
    };
    let address = Address { url, host, port };
    if port == 0 {
        return report.warn(SUBJECT, "`listen` has port 0, so the address is not known");
    }
    // That of a proxy on another machine or in another container.
    if address.is_https() && address.is_loopback() && connect(&address.host, port).await.is_err() {
        return report.warn(SUBJECT, "not checked: a loopback address can only be checked from where browsers are");
    }
    if address.is_https() && !check_tls(&address, clock, report).await {
        return;
    }
    match address.get("/readyz").await {
        Ok(response) if response.status == 200 => check_keys(&address, store, report).await,
        Ok(response) => {
            let status = response.status;
            return report.fail(
                SUBJECT,
                format!(
                    "responds to /readyz with {status}: the proxy in front leads elsewhere, or the server is not ready"
                ),
            );
        }
        Err(error) => {
            return report.fail(
                SUBJECT,
                format!("cannot be reached from here: {error}; check the name, the proxy in front and the firewall"),
            );
        }
    }
    if !address.is_loopback() {
        check_metrics(&address, report).await;
    }
}

/// Whether a browser would accept the connection.
async fn check_tls(address: &Address, clock: &Clock, report: &mut Report) -> bool {
    let connecting = connect_tls(&address.host, address.port, &["h2", "http/1.1"]);
    let stream = match timeout(TIMEOUT, connecting).await.unwrap_or_else(|_| Err(no_response())) {
        Ok(stream) => stream,
        Err(error) => {
            report.fail(
                SUBJECT,
                format!(
                    "no connection that a browser would accept: {error}; check the certificate and the proxy in front"
                ),
            );
            return false;
        }
    };
    if stream.get_ref().1.alpn_protocol() == Some(b"h2") {
        report.ok("http", "HTTP/2");
    } else {
        report.warn("http", "HTTP/1.1 alone: a browser opens six connections at most, and each open tab may hold one; let the proxy speak HTTP/2");
    }
    let now = u64::try_from(clock.now().seconds()).unwrap_or(0);
    match expiry(&stream, &address.host).map(|expiry| expiry.saturating_sub(now) / DAY) {
        Some(days) if days < RENEWAL_DAYS => {
            report
                .warn("certificate", format!("expires in {days} days and has not been renewed; check what renews it"));
        }
        Some(days) => report.ok("certificate", format!("valid for another {days} days")),
        None => report.warn("certificate", "is valid, but its end is not known"),
    }
    true
}

/// Whether it is a server of this database.
async fn check_keys(address: &Address, store: Option<&Store>, report: &mut Report) {
    let Some(store) = store else { return };
    let published = match address.get("/.well-known/jwks.json").await {
        Ok(response) if response.status != 200 => Err(format!("responds with {}", response.status)),
        Ok(response) => {
            serde_json::from_slice::<Jwks>(&response.body).map(|jwks| jwks.keys).map_err(|error| error.to_string())
        }
        Err(error) => Err(error),
    };
    let (published, stored) = match (published, store.key_set_version().await) {
        (Ok(published), Ok(stored)) => (published, stored.0),
        (Err(error), _) => return report.fail(SUBJECT, format!("/.well-known/jwks.json: {error}")),
        (_, Err(error)) => return report.fail("database", error),
    };
    if published.iter().any(|key| stored.iter().any(|(_, kid)| *kid == key.kid)) {
        report.ok(SUBJECT, "reaches a server of this database, which is ready");
    } else {
        report.fail(SUBJECT, "reaches a server with other keys: the proxy in front leads to another Doorward");
    }
}

async fn check_metrics(address: &Address, report: &mut Report) {
    match address.get("/metrics").await {
        Ok(response) if response.status == 200 && response.body.windows(9).any(|bytes| bytes == b"doorward_") => {
            report.warn("metrics", "/metrics is open to the world; let the proxy in front refuse it");
        }
        Ok(_) => report.ok("metrics", "/metrics is not open to the world"),
        Err(error) => report.warn("metrics", format!("/metrics: {error}")),
    }
}
