//! What has changed between two readings of the settings.

use super::{Config, RawSettings, declaration::declaration};

/// The settings that a running server takes over.
pub const RELOADABLE: [&str; 4] = ["blocked_networks", "log", "login_attempts", "trusted_proxies"];

/// Keys, in alphabetical order.
#[derive(Debug, Default, Eq, PartialEq)]
pub struct Changes {
    pub reloadable: Vec<String>,
    pub needs_restart: Vec<String>,
}

impl Config {
    /// What is different in `new`. `self` is what the server runs with.
    pub fn changes(&self, new: &Self) -> Changes {
        let mut keys: Vec<&str> = self.texts.iter().chain(new.texts.iter()).map(|(key, _)| key).collect();
        keys.sort_unstable();
        keys.dedup();
        keys.retain(|key| effective(&self.texts, key) != effective(&new.texts, key));
        let (reloadable, needs_restart): (Vec<&str>, _) = keys.into_iter().partition(|key| RELOADABLE.contains(key));
        let owned = |keys: Vec<&str>| keys.into_iter().map(str::to_owned).collect();
        Changes { reloadable: owned(reloadable), needs_restart: owned(needs_restart) }
    }

    /// Takes over what a running server can take over.
    pub fn reload_from(&mut self, new: &Self) {
        self.blocked_networks.clone_from(&new.blocked_networks);
        self.trusted_proxies.clone_from(&new.trusted_proxies);
        self.login_attempts = new.login_attempts;
        self.log.clone_from(&new.log);
        for key in RELOADABLE {
            match new.texts.get(key) {
                Some(text) => self.texts.set(key, text),
                None => self.texts.unset(key),
            }
        }
    }
}

/// The text of a setting or of its default.
fn effective(texts: &RawSettings, key: &str) -> Option<String> {
    let default = || {
        let values = declaration(key).ok()?.get_default_values().to_vec();
        values.first().map(|value| value.to_string_lossy().into_owned())
    };
    texts.get(key).map(str::to_owned).or_else(default)
}
