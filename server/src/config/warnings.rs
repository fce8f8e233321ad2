//! Settings that remove a protection: allowed, but the operator is warned at every start and by `config check`.

use std::net::IpAddr;

use ipnet::IpNet;

use super::{Config, OrOff};
use crate::{keys::master_secret::MasterSecret, model::database_url::DatabaseUrl};

/// OWASP's minimums, in KiB and iterations: 46 MiB with one iteration, 19 MiB with two or 12 MiB with three.
const ARGON2_MINIMUMS: [(u32, u32); 3] = [(47_104, 1), (19_456, 2), (12_288, 3)];

/// The most failures in a row that NIST SP 800-63B (section 3.2.2) allows for one account.
const MAX_ATTEMPTS: u32 = 100;

impl Config {
    /// One line for each setting that removes a protection, which begins with its key.
    pub fn warnings(&self) -> Vec<String> {
        let warnings = [
            self.guessable_secret(),
            self.plain_http(),
            self.weak_hashing(),
            self.weak_rate_limit(),
            self.reachable_inspector(),
            self.missing_inspector(),
            self.unverified_database(),
            self.silent_log(),
        ];
        self.trusted_proxies.iter().filter_map(too_wide).chain(warnings.into_iter().flatten()).collect()
    }

    fn guessable_secret(&self) -> Option<String> {
        // A file that cannot be read stops the start.
        let secret = self.secret.clone().or_else(|| MasterSecret::load(&self.secret_file()).ok().flatten())?;
        secret.is_guessable().then(|| {
            "secret: can be guessed, and with it any user can be impersonated; generate one with `openssl rand -hex 32`".into()
        })
    }

    fn plain_http(&self) -> Option<String> {
        let url = self.public_url.as_deref().filter(|url| url.starts_with("http:"))?;
        (!self.is_loopback()).then(|| {
            format!("public_url: {url} is not encrypted: browsers keep no cookie of ours there, and passwords can be read on the way; use https")
        })
    }

    fn weak_hashing(&self) -> Option<String> {
        let (memory, iterations) = (self.argon2_memory_kib, self.argon2_iterations);
        let is_enough = ARGON2_MINIMUMS.iter().any(|minimum| memory >= minimum.0 && iterations >= minimum.1);
        (!is_enough).then(|| {
            format!("argon2_memory_kib: {memory} with argon2_iterations = {iterations} is below OWASP's minimum, such as 19456 with 2")
        })
    }

    fn weak_rate_limit(&self) -> Option<String> {
        match self.login_attempts {
            OrOff::Off => Some("login_attempts: is off, so passwords can be guessed as fast as they are hashed".into()),
            OrOff::On(limit) if limit.attempts.get() > MAX_ATTEMPTS => Some(format!(
                "login_attempts: allows {} failures in a row; NIST SP 800-63B allows {MAX_ATTEMPTS}",
                limit.attempts
            )),
            OrOff::On(_) => None,
        }
    }

    /// `public_url` is a loopback address then, else the inspector is refused.
    fn reachable_inspector(&self) -> Option<String> {
        (self.inspector && !self.listen.ip().is_loopback())
            .then(|| format!("inspector: is on, and {} accepts connections from other machines", self.listen))
    }

    fn missing_inspector(&self) -> Option<String> {
        (self.inspector && !cfg!(feature = "inspector"))
            .then(|| "inspector: is on, and this build has none; build one with the feature `inspector`".into())
    }

    fn unverified_database(&self) -> Option<String> {
        let DatabaseUrl::Postgres(url) = self.database() else { return None };
        let mode = url.unverified_ssl_mode().filter(|_| url.is_remote())?;
        Some(format!(
            "database_url: with `sslmode={mode}`, the server of the database is not verified, and password hashes and sessions can be read on the way; use `verify-full`"
        ))
    }

    fn silent_log(&self) -> Option<String> {
        (self.log == "off").then(|| "log: is off, so failures and attacks leave no trace".into())
    }
}

/// A network of private addresses may be as wide as it is; of the others, no operator runs so many proxies.
fn too_wide(network: &IpNet) -> Option<String> {
    let (min_prefix, is_private) = match network.network() {
        IpAddr::V4(address) => (8, address.is_private() && network.prefix_len() >= 8),
        IpAddr::V6(address) => (16, address.is_unique_local()),
    };
    let is_mapped_v4 = "::ffff:0:0/96".parse().is_ok_and(|mapped: IpNet| network.contains(&mapped));
    let is_too_wide = is_mapped_v4 || (network.prefix_len() <= min_prefix && !is_private);
    is_too_wide.then(|| {
        format!("trusted_proxies: {network} lets clients there choose the address that they are limited and recorded by; name the proxies alone")
    })
}
