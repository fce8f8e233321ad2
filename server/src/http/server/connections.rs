//! All connections: admission, and the choice of those that have to go.
//!
//! When there are too many, a new connection takes the place of one that waits for its client, the one that has waited
//! longest: however many clients send nothing and read nothing, the next one is served.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, HashMap},
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError, atomic::Ordering::Relaxed},
    time::Duration,
};

use ipnet::{IpNet, Ipv6Net};

use super::{
    connection::{Connection, Order, Totals},
    limits::{EVICTED_SHARE, Limits, MAX_UNSENT},
};
use crate::{cutoff::Cutoff, metrics::Metrics};

#[derive(Clone)]
pub struct Connections(Arc<Inner>);

struct Inner {
    limits: Limits,
    trusted_proxies: Vec<IpNet>,
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
    pub fn new(limits: Limits, trusted_proxies: Vec<IpNet>, metrics: Arc<Metrics>) -> Self {
        Self(Arc::new(Inner { limits, trusted_proxies, metrics, totals: Arc::default(), open: Mutex::default() }))
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
            self.note(&mut open, Cutoff::AddressLimit, network);
            return None;
        }
        if open.by_id.len() >= self.0.limits.max_connections && !self.evict(&mut open) {
            self.note(&mut open, Cutoff::ConnectionLimit, network);
            return None;
        }
        open.last_id += 1;
        let connection = Arc::new(Connection::new(open.last_id, network, self.0.totals.clone()));
        open.by_id.insert(connection.id, connection.clone());
        *open.per_network.entry(network).or_default() += 1;
        self.0.metrics.connections.set(count_of(&open));
        Some(Admitted { connections: self.clone(), connection })
    }

    /// Makes room for file descriptors.
    pub fn make_room(&self) {
        self.evict(&mut self.lock());
    }

    /// Closes connections until all unsent responses fit into their memory budget.
    pub fn enforce_budget(&self) {
        if self.0.totals.unsent.load(Relaxed) <= MAX_UNSENT {
            return;
        }
        let mut open = self.lock();
        // What is being closed has not released its memory yet.
        let held: usize = open.by_id.values().map(|connection| connection.held()).sum();
        let mut excess = held.saturating_sub(MAX_UNSENT);
        while excess > 0 {
            let holders = open.by_id.values().filter(|connection| connection.has_unsent());
            let Some(victim) = holders.max_by_key(|victim| (victim.idle_ticks(), victim.held())).cloned() else {
                return;
            };
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
        self.note(open, cutoff, connection.network);
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
        self.0.metrics.connections.set(count_of(open));
    }

    /// Counts a cutoff, and logs the first of a minute.
    fn note(&self, open: &mut Open, cutoff: Cutoff, network: IpNet) {
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
        peer.is_loopback() || self.0.trusted_proxies.iter().any(|network| network.contains(&peer))
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

fn count_of(open: &Open) -> i64 {
    i64::try_from(open.by_id.len()).unwrap_or(i64::MAX)
}

/// An IPv4 address, or an IPv6 /64, which is what one customer gets.
fn network(peer: IpAddr) -> IpNet {
    match peer {
        IpAddr::V4(_) => IpNet::from(peer),
        IpAddr::V6(v6) => Ipv6Net::new(v6, 64).map_or(IpNet::from(peer), |network| IpNet::V6(network.trunc())),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use axum::http::Version;

    use super::{Admitted, Connections};
    use crate::{
        cutoff::Cutoff,
        http::server::limits::{Limits, MAX_UNSENT, Timeouts},
        metrics::Metrics,
    };

    fn connections(max_connections_per_address: usize) -> (Connections, Arc<Metrics>) {
        let limits = Limits { max_connections: 100, max_connections_per_address, timeouts: Timeouts::DEFAULT };
        let metrics = Arc::<Metrics>::default();
        let trusted_proxies = vec!["192.0.2.0/24".parse().expect("a network")];
        (Connections::new(limits, trusted_proxies, metrics.clone()), metrics)
    }

    fn admit(connections: &Connections, peer: &str) -> Option<Admitted> {
        connections.admit(peer.parse().expect("an address"))
    }

    #[test]
    fn an_address_has_a_limited_number_of_connections() {
        let (connections, metrics) = connections(2);
        for (peers, network) in [
            (["203.0.113.1", "::ffff:203.0.113.1", "203.0.113.1"], "IPv4"),
            (["2001:db8::1", "2001:db8::2", "2001:db8:0:0:ffff::1"], "an IPv6 /64"),
        ] {
            let first = admit(&connections, peers[0]);
            let second = admit(&connections, peers[1]);
            assert!(first.is_some() && second.is_some() && admit(&connections, peers[2]).is_none(), "{network}");
            drop(first);
            assert!(admit(&connections, peers[2]).is_some(), "{network}: there is room again");
        }
        assert_eq!((metrics.cutoffs(Cutoff::AddressLimit), metrics.connections.get()), (2, 0));
        let others = ["203.0.113.1", "203.0.113.2", "203.0.113.3", "2001:db8::1", "2001:db8:0:1::1", "2001:db8:0:2::1"];
        assert!(others.map(|peer| admit(&connections, peer)).iter().all(Option::is_some));
    }

    #[test]
    fn loopback_addresses_and_trusted_proxies_have_no_limit_of_their_own() {
        let (connections, _) = connections(2);
        for peer in ["127.0.0.1", "::1", "::ffff:127.0.0.1", "192.0.2.7"] {
            assert!([(); 3].map(|()| admit(&connections, peer)).iter().all(Option::is_some), "{peer}");
        }
    }

    #[test]
    fn the_connection_with_the_least_progress_pays_for_the_memory_of_all() {
        let (connections, metrics) = connections(100);
        let admitted = [(); 3].map(|()| admit(&connections, "203.0.113.1").expect("admitted"));
        let requests = admitted.each_ref().map(|admitted| admitted.connection().begin(Version::HTTP_2));
        for (admitted, ticks) in admitted.iter().zip([3, 1, 2]) {
            admitted.connection().hold(MAX_UNSENT / 4);
            for _ in 0..ticks {
                connections.tick();
            }
        }
        assert_eq!(metrics.cutoffs(Cutoff::MemoryLimit), 0);

        admitted[2].connection().hold(MAX_UNSENT / 4);
        connections.tick();

        assert_eq!((metrics.cutoffs(Cutoff::MemoryLimit), metrics.connections.get()), (1, 2));
        drop(requests);
        drop(admitted);
        assert_eq!(metrics.connections.get(), 0);
    }
}
