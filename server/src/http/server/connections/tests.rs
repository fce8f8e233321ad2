//! Admission, and eviction under memory pressure.

use std::sync::Arc;

use axum::http::{Request, Version};

use super::{Admitted, Connections};
use crate::{
    cutoff::Cutoff,
    http::server::limits::{Limits, MAX_HELD, Timeouts},
    metrics::Metrics,
    network_rules::{NetworkRules, Networks},
};

fn connections(max_connections_per_address: usize) -> (Connections, Arc<Metrics>) {
    let limits = Limits { max_connections: 100, max_connections_per_address, timeouts: Timeouts::DEFAULT };
    let metrics = Arc::<Metrics>::default();
    let trusted_proxies = vec!["192.0.2.0/24".parse().expect("a network")];
    let rules = NetworkRules::new(Networks { trusted_proxies, ..Networks::default() });
    (Connections::new(limits, rules, metrics.clone()), metrics)
}

fn admit(connections: &Connections, peer: &str) -> Option<Admitted> {
    connections.admit(peer.parse().expect("an address"))
}

/// An HTTP/2 request with a header of this size.
fn request(size: usize) -> Request<()> {
    let request = Request::builder().version(Version::HTTP_2).header("x", "x".repeat(size));
    request.body(()).expect("a request")
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
    let requests = admitted.each_ref().map(|admitted| admitted.connection().begin(&request(0)));
    for (admitted, ticks) in admitted.iter().zip([3, 1, 2]) {
        admitted.connection().hold(MAX_HELD / 4);
        for _ in 0..ticks {
            connections.tick();
        }
    }
    assert_eq!(metrics.cutoffs(Cutoff::MemoryLimit), 0);

    admitted[2].connection().hold(MAX_HELD / 4);
    connections.tick();

    assert_eq!((metrics.cutoffs(Cutoff::MemoryLimit), metrics.connections.get()), (1, 2));
    drop(requests);
    drop(admitted);
    assert_eq!(metrics.connections.get(), 0);
}

#[test]
fn large_heads_of_unfinished_requests_count_as_they_are() {
    let (connections, metrics) = connections(100);
    let admitted = [(); 30].map(|()| admit(&connections, "203.0.113.1").expect("admitted"));
    let mut requests = Vec::new();
    for admitted in &admitted {
        requests.extend([(); 100].map(|()| admitted.connection().begin(&request(14_000))));
        admitted.connection().set_awaiting_body(true);
    }
    connections.enforce_budget();

    let closed = usize::try_from(metrics.cutoffs(Cutoff::MemoryLimit)).expect("a small number");
    let held: usize =
        admitted.iter().map(Admitted::connection).filter(|one| !one.is_closing()).map(|one| one.held()).sum();
    assert!(closed > 0 && held <= MAX_HELD && held > MAX_HELD / 2, "{closed} closed, {held} bytes held");
}

#[test]
fn parts_of_unfinished_bodies_count() {
    let (connections, metrics) = connections(100);
    let admitted = [(); 2].map(|()| admit(&connections, "203.0.113.1").expect("admitted"));
    let _requests = admitted.each_ref().map(|admitted| admitted.connection().begin(&request(0)));
    admitted[0].connection().set_awaiting_body(true);
    admitted[0].connection().hold_request(MAX_HELD + 1);
    connections.enforce_budget();
    assert!(admitted[0].connection().is_closing() && !admitted[1].connection().is_closing());
    assert_eq!(metrics.cutoffs(Cutoff::MemoryLimit), 1);
}

#[test]
fn if_all_memory_waits_for_the_server_the_connection_with_the_most_of_it_is_closed() {
    let (connections, _) = connections(100);
    let admitted = [(); 2].map(|()| admit(&connections, "203.0.113.1").expect("admitted"));
    let _small = admitted[0].connection().begin(&request(0));
    let _large = admitted[1].connection().begin(&request(MAX_HELD));
    connections.enforce_budget();
    assert!(!admitted[0].connection().is_closing() && admitted[1].connection().is_closing());
}

#[test]
fn while_memory_is_scarce_further_requests_are_for_connections_that_hold_little() {
    let (connections, metrics) = connections(100);
    let admitted = [(); 2].map(|()| admit(&connections, "203.0.113.1").expect("admitted"));
    let [greedy, modest] = admitted.each_ref().map(Admitted::connection);
    let _small = [(); 5].map(|()| modest.begin(&request(0)));
    let large = greedy.begin(&request(MAX_HELD / 4));
    assert!(connections.refuses(greedy) && !connections.refuses(modest));

    drop(large);
    let _usual = [(); 90].map(|()| greedy.begin(&request(1_000)));
    assert!(!connections.refuses(greedy) && metrics.cutoffs(Cutoff::MemoryLimit) == 0);
}
