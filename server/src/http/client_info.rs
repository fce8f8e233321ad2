//! The client of a request: its IP address and its device.

use std::net::{IpAddr, SocketAddr};

use axum::{
    RequestPartsExt,
    extract::{ConnectInfo, FromRequestParts},
    http::{HeaderMap, header, request::Parts},
};
use ipnet::IpNet;

use crate::{
    http::error::Error,
    model::{audit::Actor, device::Device},
    state::AppState,
};

#[derive(Clone)]
pub struct ClientInfo {
    /// The address of the connection or, behind a trusted proxy, the one that the proxy forwards.
    pub ip: IpAddr,
    pub device: Device,
}

impl ClientInfo {
    /// This client as the actor of an audit event.
    pub fn actor(&self) -> Actor {
        Actor::User { ip: self.ip.to_string(), device: self.device.clone() }
    }
}

impl FromRequestParts<AppState> for ClientInfo {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &AppState) -> Result<Self, Error> {
        let ConnectInfo(peer): ConnectInfo<SocketAddr> = parts.extract().await.map_err(|_| Error::Internal)?;
        let user_agent = parts.headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok());
        Ok(Self {
            ip: client_ip(peer.ip(), &parts.headers, &app.config.trusted_proxies),
            device: Device::from_user_agent(user_agent.unwrap_or_default()),
        })
    }
}

/// The last address in `X-Forwarded-For` that is not a trusted proxy, read from the right: everything to the left of it
/// is under the control of the client.
fn client_ip(peer: IpAddr, headers: &HeaderMap, trusted_proxies: &[IpNet]) -> IpAddr {
    let is_trusted = |ip: &IpAddr| trusted_proxies.iter().any(|network| network.contains(ip));
    let lines = headers.get_all("x-forwarded-for").iter().rev();
    let forwarded = lines.flat_map(|line| line.to_str().unwrap_or_default().rsplit(','));

    let mut ip = peer.to_canonical();
    for hop in forwarded {
        if !is_trusted(&ip) {
            break;
        }
        let hop = hop.trim();
        // Some proxies add the port.
        let hop = hop.parse::<IpAddr>().or_else(|_| hop.parse::<SocketAddr>().map(|hop| hop.ip()));
        match hop {
            Ok(hop) => ip = hop.to_canonical(),
            Err(_) => break,
        }
    }
    ip
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderMap, HeaderValue};

    use super::client_ip;

    fn parse(peer: &str, forwarded: &[&str], trusted_proxies: &[&str]) -> String {
        let mut headers = HeaderMap::new();
        for line in forwarded {
            headers.append("x-forwarded-for", HeaderValue::from_str(line).expect("a header"));
        }
        let trusted_proxies: Vec<_> = trusted_proxies.iter().map(|net| net.parse().expect("a network")).collect();
        client_ip(peer.parse().expect("an address"), &headers, &trusted_proxies).to_string()
    }

    #[test]
    fn a_client_cannot_forge_its_address() {
        assert_eq!(parse("203.0.113.9", &["10.9.9.9"], &[]), "203.0.113.9");
        assert_eq!(parse("203.0.113.9", &["10.9.9.9"], &["10.0.0.0/8"]), "203.0.113.9");
        assert_eq!(parse("10.0.0.1", &["1.1.1.1, 203.0.113.9"], &["10.0.0.0/8"]), "203.0.113.9");
        assert_eq!(parse("10.0.0.1", &["1.1.1.1", "203.0.113.9, 10.0.0.2"], &["10.0.0.0/8"]), "203.0.113.9");
        assert_eq!(parse("10.0.0.1", &["203.0.113.9:4711"], &["10.0.0.0/8"]), "203.0.113.9");
        assert_eq!(parse("10.0.0.1", &["[2001:db8::1]:4711"], &["10.0.0.0/8"]), "2001:db8::1");
        assert_eq!(parse("10.0.0.1", &["nonsense"], &["10.0.0.0/8"]), "10.0.0.1");
        assert_eq!(parse("::ffff:10.0.0.1", &["203.0.113.9"], &["10.0.0.0/8"]), "203.0.113.9");
    }
}
