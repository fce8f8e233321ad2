//! The client of a request: its IP address and its device.

use std::net::{IpAddr, SocketAddr};

use axum::{
    extract::{ConnectInfo, FromRequestParts},
    http::{Extensions, HeaderMap, header, request::Parts},
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
        let user_agent = parts.headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok());
        Ok(Self {
            ip: client_ip(&parts.extensions, &parts.headers, &app.network_rules.current().trusted_proxies)
                .ok_or(Error::Internal)?,
            device: Device::from_user_agent(user_agent.unwrap_or_default()),
        })
    }
}

/// The address of the client. `None` without that of the connection, which the server adds to every request.
pub fn client_ip(extensions: &Extensions, headers: &HeaderMap, trusted_proxies: &[IpNet]) -> Option<IpAddr> {
    let ConnectInfo(peer) = extensions.get::<ConnectInfo<SocketAddr>>()?;
    Some(forwarded_ip(peer.ip(), headers, trusted_proxies))
}

/// The last address in `X-Forwarded-For` that is not a trusted proxy, read from the right: everything to the left of it
/// is under the control of the client. Where a proxy forwards no address (`unknown`, or an obfuscated name), it is the
/// address of that proxy.
///
/// `Forwarded` (RFC 7239) is not read: a proxy that sets only one of the two lets the client set the other.
fn forwarded_ip(peer: IpAddr, headers: &HeaderMap, trusted_proxies: &[IpNet]) -> IpAddr {
    let is_trusted = |ip: &IpAddr| trusted_proxies.iter().any(|network| network.contains(ip));
    // Bytes, because one member that is not text must not hide those to the right of it.
    let lines = headers.get_all("x-forwarded-for").iter().rev();
    let hops = lines.flat_map(|line| line.as_bytes().rsplit(|byte| *byte == b','));
    // Empty members of a list mean nothing (RFC 9110, section 5.6.1).
    let hops = hops.map(<[u8]>::trim_ascii).filter(|hop| !hop.is_empty());

    let mut ip = peer.to_canonical();
    for hop in hops {
        if !is_trusted(&ip) {
            break;
        }
        match forwarded_address(hop) {
            Some(hop) => ip = hop.to_canonical(),
            None => break,
        }
    }
    ip
}

/// An address as proxies write it: with or without brackets, a port, or the zone of a link-local address.
fn forwarded_address(hop: &[u8]) -> Option<IpAddr> {
    let hop = str::from_utf8(hop).ok()?;
    if let Ok(ip) = hop.parse() {
        return Some(ip);
    }
    if let Ok(address) = hop.parse::<SocketAddr>() {
        return Some(address.ip());
    }
    let without_port = match hop.strip_prefix('[') {
        Some(hop) => hop.split_once(']')?.0,
        None => hop,
    };
    without_port.split('%').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderMap, HeaderValue};

    use super::forwarded_ip;

    fn parse(peer: &str, forwarded: &[&str], trusted_proxies: &[&str]) -> String {
        let mut headers = HeaderMap::new();
        for line in forwarded {
            headers.append("x-forwarded-for", HeaderValue::from_str(line).expect("a header"));
        }
        let trusted_proxies: Vec<_> = trusted_proxies.iter().map(|net| net.parse().expect("a network")).collect();
        forwarded_ip(peer.parse().expect("an address"), &headers, &trusted_proxies).to_string()
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
        assert_eq!(parse("10.0.0.1", &["1.1.1.1, \u{ff}, 203.0.113.9"], &["10.0.0.0/8"]), "203.0.113.9");
        assert_eq!(parse("::ffff:10.0.0.1", &["203.0.113.9"], &["10.0.0.0/8"]), "203.0.113.9");
    }

    #[test]
    fn addresses_are_read_in_every_form_that_proxies_write() {
        for (forwarded, ip) in [
            ("203.0.113.9,", "203.0.113.9"),
            (", 203.0.113.9 ,, ,", "203.0.113.9"),
            ("\t203.0.113.9\t", "203.0.113.9"),
            ("[2001:db8::1]", "2001:db8::1"),
            ("2001:db8::1", "2001:db8::1"),
            ("[2001:db8::1]:443", "2001:db8::1"),
            ("fe80::1%eth0", "fe80::1"),
            ("[fe80::1%25eth0]:443", "fe80::1"),
            ("::ffff:203.0.113.9", "203.0.113.9"),
            ("[::ffff:203.0.113.9]:443", "203.0.113.9"),
            // Trusted hops in any form lead to the next one.
            ("203.0.113.9, [::ffff:10.0.0.2]:80, 10.0.0.3:8080,", "203.0.113.9"),
            // The client is unknown; what is to the left may be forged.
            ("203.0.113.9, unknown", "10.0.0.1"),
            ("203.0.113.9, _hidden", "10.0.0.1"),
            ("203.0.113.9, for=192.0.2.1, 10.0.0.2", "10.0.0.2"),
            ("203.0.113.9, [10.0.0.1", "10.0.0.1"),
            ("203.0.113.9, []", "10.0.0.1"),
            ("", "10.0.0.1"),
        ] {
            assert_eq!(parse("10.0.0.1", &[forwarded], &["10.0.0.0/8"]), ip, "{forwarded:?}");
        }
    }

    #[test]
    fn several_header_lines_are_one_list() {
        assert_eq!(parse("10.0.0.1", &["1.1.1.1", "203.0.113.9", ","], &["10.0.0.0/8"]), "203.0.113.9");
        assert_eq!(parse("10.0.0.1", &["203.0.113.9", "", "10.0.0.2"], &["10.0.0.0/8"]), "203.0.113.9");
    }
}
