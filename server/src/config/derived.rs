//! What follows from several settings.

use std::path::PathBuf;

use url::Url;

use super::{Config, Switch};
use crate::{
    login::password_hasher::HashingParams, model::database_url::DatabaseUrl, store::Connections, webauthn::RelyingParty,
};

impl Config {
    pub fn database(&self) -> DatabaseUrl {
        self.database_url.clone().unwrap_or_else(|| DatabaseUrl::Sqlite(self.data_dir.join("doorward.db")))
    }

    /// The origin of a server with these settings, unless the port is picked at its start.
    pub fn public_url_or_default(&self) -> String {
        self.public_url.clone().unwrap_or_else(|| format!("http://localhost:{}", self.listen.port()))
    }

    /// The site that passkeys belong to. `None`: they are off, or browsers have none at this address.
    pub fn relying_party(&self, public_url: &str) -> Option<RelyingParty> {
        let url = Url::parse(public_url).ok().filter(|_| self.passkeys)?;
        RelyingParty::of(&url)
    }

    pub fn connections(&self) -> Connections {
        Connections { max: self.database_connections, notifications: self.notifications == Switch::On }
    }

    /// Whether the SQLite file or the master secret is in `data_dir`.
    pub fn uses_data_dir(&self) -> bool {
        self.secret.is_none() || self.database_url.is_none()
    }

    /// The file of the master secret, unless it is a setting.
    pub fn secret_file(&self) -> PathBuf {
        self.data_dir.join("secret")
    }

    pub fn hashing(&self) -> HashingParams {
        HashingParams {
            memory_kib: self.argon2_memory_kib,
            iterations: self.argon2_iterations,
            budget_mib: self.hashing_memory_mib,
        }
    }
}
