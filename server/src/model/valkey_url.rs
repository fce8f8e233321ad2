//! Where Valkey is.

use std::{fmt, net::IpAddr, time::Duration};

use redis::{ConnectionAddr, ConnectionInfo, IntoConnectionInfo, io::tcp::TcpSettings};
use url::Url;

const SCHEMES: [&str; 5] = ["valkey", "valkeys", "redis", "rediss", "unix"];

/// Those of a socket, whose URL has no other place for them.
const SOCKET_PARAMETERS: [&str; 3] = ["db", "user", "pass"];

/// Data without an acknowledgment for this long closes the connection: a host that has vanished sends no reset.
const USER_TIMEOUT: Duration = Duration::from_secs(1);

/// `valkey://…`, with TLS `valkeys://…`, or a socket `unix:///…`; `redis://` and `rediss://` mean the same. Contains a
/// password, which its `Debug` output hides.
#[derive(Clone)]
pub struct ValkeyUrl(ConnectionInfo);

impl fmt::Debug for ValkeyUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("valkey://(hidden)")
    }
}

impl ValkeyUrl {
    /// Parses a setting. The error does not repeat the text, which may contain a password.
    pub fn parse(text: &str) -> Result<Self, String> {
        let scheme = text.split_once(':').map_or("", |(scheme, _)| scheme);
        if !SCHEMES.contains(&scheme) {
            return Err("must begin with `valkey://`, `valkeys://` (TLS) or `unix:///`".into());
        }
        let url = Url::parse(text).map_err(|error| format!("is not a valid URL: {error}"))?;
        if url.fragment().is_some() {
            return Err("has a `#`; in a password, write it as `%23`".into());
        }
        let is_known = |name: &str| scheme == "unix" && SOCKET_PARAMETERS.contains(&name);
        if url.query_pairs().any(|(name, _)| !is_known(&name)) {
            return Err("has an unknown parameter; a `?` in a password is written as `%3F`".into());
        }
        let info = url.into_connection_info().map_err(|error| format!("is not a valid URL: {error}"))?;
        let settings = TcpSettings::default().set_nodelay(true).set_user_timeout(USER_TIMEOUT);
        // Its name on the connection would need one more permission.
        let anonymous = info.redis_settings().clone().set_skip_set_lib_name();
        Ok(Self(info.set_tcp_settings(settings).set_redis_settings(anonymous)))
    }

    pub fn connection_info(&self) -> ConnectionInfo {
        self.0.clone()
    }

    /// The address without user and password, for the operator.
    pub fn address(&self) -> String {
        match self.0.addr() {
            ConnectionAddr::Unix(path) => path.display().to_string(),
            address => address.to_string(),
        }
    }

    pub fn has_password(&self) -> bool {
        self.0.redis_settings().password().is_some()
    }

    /// Whether others on the way can read what is sent: neither TLS nor this machine.
    pub fn is_readable_on_the_way(&self) -> bool {
        let ConnectionAddr::Tcp(host, _) = self.0.addr() else { return false };
        let is_loopback =
            host.parse().map_or(host == "localhost", |address: IpAddr| address.to_canonical().is_loopback());
        !is_loopback
    }
}

#[cfg(test)]
mod tests {
    use super::ValkeyUrl;

    #[test]
    fn the_urls_of_servers_and_of_sockets_are_accepted() {
        for (text, address, is_readable) in [
            ("valkey://cache.internal", "cache.internal:6379", true),
            ("redis://doorward:hunter2pw@10.0.0.7:7000/2", "10.0.0.7:7000", true),
            ("valkeys://:hunter2pw@cache.internal:6380", "cache.internal:6380", false),
            ("rediss://cache.internal", "cache.internal:6379", false),
            ("valkey://127.0.0.1", "127.0.0.1:6379", false),
            ("valkey://[::1]:7000", "::1:7000", false),
            ("unix:///run/valkey/valkey.sock?user=doorward&pass=hunter2pw", "/run/valkey/valkey.sock", false),
        ] {
            let url = ValkeyUrl::parse(text).expect(text);
            assert_eq!((url.address().as_str(), url.is_readable_on_the_way()), (address, is_readable), "{text}");
            assert!(!format!("{url:?}").contains("hunter2pw"));
        }
    }

    #[test]
    fn a_url_that_cannot_be_used_is_refused_without_its_password() {
        for text in [
            "",
            "valkey",
            "valkey://",
            "valkey:///0",
            "valkey://:hunter2pw@cache:notaport",
            "valkey://:hunter2pw@cache/zero",
            "valkey://:hunter2pw@cache/0?timeout=1",
            "valkeys://:hunter2pw@cache/#insecure",
            "valkey://:hunter2#pw@cache",
            "valkey://:hunter2?pw@cache",
            "http://:hunter2pw@cache",
            ":hunter2pw@cache",
            "unix://",
        ] {
            let error = ValkeyUrl::parse(text).expect_err(text);
            assert!(!error.contains("hunter2") && !error.contains('\n'), "{error}");
        }
    }
}
