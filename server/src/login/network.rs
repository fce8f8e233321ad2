//! The networks that an address belongs to, each with a limit of its own: a stranger may have many addresses of one
//! network, and many people may share one address.

use std::{net::IpAddr, num::NonZero};

use ipnet::IpNet;

use crate::model::client_network::counted_address;

/// The length of the prefix, and the attempts for each attempt per account.
type Tier = (u8, NonZero<u32>);

/// An office may share an address.
const ADDRESS_FACTOR: NonZero<u32> = NonZero::new(60).expect("not zero");

/// A /24 has many customers, or one who has rented it.
const IPV4: &[Tier] = &[(32, ADDRESS_FACTOR), (24, NonZero::new(240).expect("not zero"))];

/// One customer gets a /64, a /56 or a /48 (RFC 6177): a larger one is worth hardly more than a /64.
const IPV6: &[Tier] =
    &[(64, ADDRESS_FACTOR), (56, NonZero::new(90).expect("not zero")), (48, NonZero::new(120).expect("not zero"))];

pub(super) fn tiers(ip: IpAddr) -> impl Iterator<Item = (IpNet, NonZero<u32>)> {
    let ip = counted_address(ip);
    let tiers = if ip.is_ipv4() { IPV4 } else { IPV6 };
    tiers.iter().map(move |(length, factor)| {
        let network = IpNet::new(ip, *length).map_or(IpNet::from(ip), |network| network.trunc());
        (network, *factor)
    })
}

#[cfg(test)]
mod tests {
    use super::tiers;

    fn networks(ip: &str) -> Vec<String> {
        tiers(ip.parse().expect("an address")).map(|(network, factor)| format!("{network} × {factor}")).collect()
    }

    #[test]
    fn an_address_counts_in_each_network_around_it() {
        assert_eq!(networks("203.0.113.7"), ["203.0.113.7/32 × 60", "203.0.113.0/24 × 240"]);
        assert_eq!(networks("64:ff9b::203.0.113.7"), networks("203.0.113.7"));
        let ipv6 = ["2001:db8:1:203::/64 × 60", "2001:db8:1:200::/56 × 90", "2001:db8:1::/48 × 120"];
        assert_eq!(networks("2001:db8:1:203::7"), ipv6);
    }
}
