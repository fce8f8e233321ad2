//! The site that passkeys belong to.

use aws_lc_rs::digest;
use url::{Host, Url};

/// The site that passkeys belong to. `origin` is `public_url`, compared as text; `rp_id` its host.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct RelyingParty {
    pub origin: String,
    pub rp_id: String,
}

impl RelyingParty {
    /// `None` where browsers have no passkeys: on an IP address, and without TLS except on `localhost`.
    pub fn of(public_url: &Url) -> Option<Self> {
        let Some(Host::Domain(host)) = public_url.host() else { return None };
        let is_local = host == "localhost" || host.ends_with(".localhost");
        let is_secure = public_url.scheme() == "https" || (public_url.scheme() == "http" && is_local);
        is_secure.then(|| Self { origin: public_url.origin().ascii_serialization(), rp_id: host.to_owned() })
    }

    pub(super) fn rp_id_hash(&self) -> [u8; 32] {
        let digest = digest::digest(&digest::SHA256, self.rp_id.as_bytes());
        *digest.as_ref().first_chunk().expect("SHA-256 has 32 bytes")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(url: &str) -> Option<RelyingParty> {
        RelyingParty::of(&Url::parse(url).expect(url))
    }

    #[test]
    fn passkeys_need_a_host_name_and_tls_except_on_localhost() {
        let localhost = RelyingParty { origin: "http://localhost:3000".into(), rp_id: "localhost".into() };
        assert_eq!(of("http://localhost:3000"), Some(localhost));
        let login = RelyingParty { origin: "https://login.example.com".into(), rp_id: "login.example.com".into() };
        assert_eq!(of("https://login.example.com:443"), Some(login));
        assert!(of("https://localhost").is_some() && of("http://app.localhost:8080").is_some());
        for impossible in [
            "http://127.0.0.1:3000",
            "https://127.0.0.1",
            "https://[::1]:3000",
            "http://login.example.com",
            "http://notlocalhost",
        ] {
            assert_eq!(of(impossible), None, "{impossible}");
        }
    }
}
