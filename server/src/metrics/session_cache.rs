//! Metrics of the session cache in Valkey.

use prometheus_client::{
    metrics::{counter::Counter, gauge::Gauge},
    registry::Registry,
};

#[derive(Default)]
pub struct SessionCacheMetrics {
    pub up: Gauge,
    pub hits: Counter,
    pub misses: Counter,
    pub barred: Counter,
}

impl SessionCacheMetrics {
    pub(super) fn register(&self, registry: &mut Registry) {
        let up =
            "0 while Valkey fails and sessions are read from the database; 1 otherwise, also without `session_cache`";
        registry.register("session_cache_up", up, self.up.clone());
        let hits = "Sessions found in Valkey, without a database query";
        registry.register("session_cache_hits", hits, self.hits.clone());
        let misses = "Sessions read from the database, because Valkey did not have them";
        registry.register("session_cache_misses", misses, self.misses.clone());
        let barred = "Misses because the session had ended or changed within the last minute";
        registry.register("session_cache_barred", barred, self.barred.clone());
    }
}
