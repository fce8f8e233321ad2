//! All connections: admission and eviction.
//!
//! When there are too many, a new connection takes the place of one that waits for its client, the one that has waited
//! longest: however many clients send nothing and read nothing, the next one is served.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, HashMap},
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError, atomic::Ordering::Relaxed},
    time::Duration,
};

use ipnet::{IpNet, Ipv6Net};

use super::{
    connection::{Connection, Order, Totals},
    limits::{EVICTED_SHARE, Limits, MAX_HELD, MAX_HELD_IF_SCARCE},
};
use crate::{cutoff::Cutoff, metrics::Metrics, model::client_network::counted_address, network_rules::NetworkRules};

#[cfg(test)]
mod tests;

#[derive(Clone)]
pub struct Connections(Arc<Inner>);

struct Inner {
    limits: Limits,
    network_rules: NetworkRules,
    metrics: Arc<Metrics>,
    totals: Arc<Totals>,
    open: Mutex<Open>,
}

#[derive(Default)]
struct Open {
    last_id: u64,
    by_id: BTreeMap<u64, Arc<Connection>>,
    per_network: HashMap<IpNet, usize>,
    /// For each reason, the tick of its last log line and how many cutoffs have not been logged since.
    logged: HashMap<Cutoff, (u32, u64)>,
}

impl Connections {
    pub fn new(limits: Limits, network_rules: NetworkRules, metrics: Arc<Metrics>) -> Self {
        Self(Arc::new(Inner { limits, network_rules, metrics, totals: Arc::default(), open: Mutex::default() }))
    }

    /// Memory that all clients hold, in bytes.
    #[cfg(test)]
    pub fn held(&self) -> usize {
        self.0.totals.held.load(Relaxed)
    }

    pub fn limits(&self) -> &Limits {
        &self.0.limits
    }

    /// Admits a connection, if the limits allow it.
    pub fn admit(&self, peer: IpAddr) -> Option<Admitted> {
        let peer = peer.to_canonical();
        let mut open = self.lock();
        let network = network(peer);
        let count = open.per_network.get(&network).copied().unwrap_or_default();
        if count >= self.0.limits.max_connections_per_address && !self.is_exempt(peer) {
            self.record(&mut open, Cutoff::AddressLimit, network);
            return None;
        }
        if open.by_id.len() >= self.0.limits.max_connections && !self.evict(&mut open) {
            self.record(&mut open, Cutoff::ConnectionLimit, network);
            return None;
        }
        open.last_id += 1;
        let connection = Arc::new(Connection::new(open.last_id, network, self.0.totals.clone()));
        open.by_id.insert(connection.id, connection.clone());
        *open.per_network.entry(network).or_default() += 1;
        self.0.metrics.connections.inc();
        Some(Admitted { connections: self.clone(), connection })
    }

    /// Makes room for file descriptors.
    pub fn make_room(&self) {
        self.evict(&mut self.lock());
    }

    /// Whether further requests on a connection are not worth an answer now.
    pub fn refuses(&self, connection: &Connection) -> bool {
        let is_scarce = self.0.totals.held.load(Relaxed) > MAX_HELD / 2;
        connection.is_full() || connection.is_closing() || (is_scarce && connection.held() > MAX_HELD_IF_SCARCE)
    }

    /// Closes connections until all that clients hold fits into the memory budget.
    pub fn enforce_budget(&self) {
        if self.0.totals.held.load(Relaxed) <= MAX_HELD {
            return;
        }
        // Another request may be enforcing it now, and this one must not wait for that.
        let mut open = match self.0.open.try_lock() {
            Ok(open) => open,
            Err(TryLockError::Poisoned(error)) => error.into_inner(),
            Err(TryLockError::WouldBlock) => return,
        };
        // What is being closed has not released its memory yet.
        let held: usize = open.by_id.values().map(|connection| connection.held()).sum();
        let mut excess = held.saturating_sub(MAX_HELD);
        while excess > 0 {
            let Some(victim) = most_expensive(&open) else { return };
            excess = excess.saturating_sub(victim.held());
            self.close(&mut open, &victim, Cutoff::MemoryLimit);
        }
    }

    /// Advances the time by one tick, and drains or closes the connections whose timeouts have passed.
    pub fn tick(&self) {
        self.0.totals.tick.fetch_add(1, Relaxed);
        self.enforce_budget();
        let mut open = self.lock();
        let check =
            |connection: &Arc<Connection>| Some((connection.clone(), connection.check(&self.0.limits.timeouts)?));
        let late: Vec<_> = open.by_id.values().filter_map(check).collect();
        for (connection, cutoff) in late {
            self.close(&mut open, &connection, cutoff);
        }
    }

    /// Lets all connections finish their running requests.
    pub fn drain(&self) {
        self.lock().by_id.values().for_each(|connection| connection.order(Order::Drain));
    }

    /// Closes the connections that have waited longest for their clients, and returns whether there are any.
    fn evict(&self, open: &mut Open) -> bool {
        let waiting = open.by_id.values().filter(|connection| connection.waits_for_client());
        let mut waiting: Vec<_> = waiting.cloned().collect();
        waiting.sort_by_cached_key(|connection| (Reverse(connection.idle_ticks()), connection.id));
        waiting.truncate((open.by_id.len() / EVICTED_SHARE).max(1));
        for connection in &waiting {
            self.close(open, connection, Cutoff::Evicted);
        }
        !waiting.is_empty()
    }

    fn close(&self, open: &mut Open, connection: &Connection, cutoff: Cutoff) {
        connection.order(Order::Close);
        self.remove(open, connection);
        self.record(open, cutoff, connection.network);
    }

    fn remove(&self, open: &mut Open, connection: &Connection) {
        if open.by_id.remove(&connection.id).is_none() {
            return;
        }
        if let Some(count) = open.per_network.get_mut(&connection.network) {
            *count -= 1;
            if *count == 0 {
                open.per_network.remove(&connection.network);
            }
        }
        self.0.metrics.connections.dec();
    }

    /// Counts a cutoff, and logs the first of a minute.
    fn record(&self, open: &mut Open, cutoff: Cutoff, network: IpNet) {
        self.0.metrics.cut_off(cutoff);
        let tick = self.0.totals.tick.load(Relaxed);
        let minute = self.0.limits.timeouts.ticks(Duration::from_mins(1));
        let is_first = !open.logged.contains_key(&cutoff);
        let (logged_at, unlogged) = open.logged.entry(cutoff).or_insert((tick, 0));
        if !is_first && tick.wrapping_sub(*logged_at) < minute {
            *unlogged += 1;
            return;
        }
        let since = std::mem::take(unlogged);
        *logged_at = tick;
        tracing::warn!(reason = cutoff.label(), client = %network, unlogged = since, "connection cut off: {}", cutoff.advice());
    }

    fn is_exempt(&self, peer: IpAddr) -> bool {
        peer.is_loopback() || self.0.network_rules.current().is_trusted_proxy(&peer)
    }

    fn lock(&self) -> MutexGuard<'_, Open> {
        self.0.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A connection that counts until this is dropped.
pub struct Admitted {
    connections: Connections,
    connection: Arc<Connection>,
}

impl Admitted {
    pub fn connection(&self) -> &Arc<Connection> {
        &self.connection
    }

    pub fn connections(&self) -> &Connections {
        &self.connections
    }
}

impl Drop for Admitted {
    fn drop(&mut self) {
        self.connections.remove(&mut self.connections.lock(), &self.connection);
    }
}

/// The connection whose client has kept memory for the longest time; if all memory waits for this server, the one with the
/// most of it.
fn most_expensive(open: &Open) -> Option<Arc<Connection>> {
    let holders = || open.by_id.values().filter(|connection| connection.held() > 0);
    let waiting = holders().filter(|connection| connection.waits_for_client());
    let victim = waiting.max_by_key(|victim| (victim.idle_ticks(), victim.held()));
    victim.or_else(|| holders().max_by_key(|victim| victim.held())).cloned()
}

/// An IPv4 address, or an IPv6 /64, which is what one customer gets.
fn network(peer: IpAddr) -> IpNet {
    match counted_address(peer) {
        IpAddr::V4(v4) => IpNet::from(IpAddr::V4(v4)),
        IpAddr::V6(v6) => Ipv6Net::new(v6, 64).map_or(IpNet::from(peer), |network| IpNet::V6(network.trunc())),
    }
}
