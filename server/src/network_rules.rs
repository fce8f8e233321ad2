//! Networks for which the operator has set a rule. Replaced while requests are served.

use std::{
    net::IpAddr,
    sync::{Arc, PoisonError, RwLock},
};

use ipnet::IpNet;

#[derive(Debug, Default)]
pub struct Networks {
    /// Proxies whose `X-Forwarded-For` is trusted.
    pub trusted_proxies: Vec<IpNet>,
    /// Clients whose requests are refused.
    pub blocked: Vec<IpNet>,
}

impl Networks {
    pub fn is_trusted_proxy(&self, ip: &IpAddr) -> bool {
        self.trusted_proxies.iter().any(|network| network.contains(ip))
    }

    pub fn is_blocked(&self, ip: &IpAddr) -> bool {
        self.blocked.iter().any(|network| network.contains(ip))
    }
}

/// Clones are the same rules.
#[derive(Clone, Debug, Default)]
pub struct NetworkRules(Arc<RwLock<Arc<Networks>>>);

impl NetworkRules {
    pub fn new(networks: Networks) -> Self {
        Self(Arc::new(RwLock::new(Arc::new(networks))))
    }

    /// Never blocks for long: the lock is held only to copy or replace a pointer.
    pub fn current(&self) -> Arc<Networks> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub fn replace(&self, networks: Networks) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(networks);
    }
}
