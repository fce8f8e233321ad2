//! The address by which a client is counted. IPv6 addresses that stand for an IPv4 address count as that one: otherwise its
//! owner would have a second set of limits, and behind NAT64 all IPv4 users would share one.

use std::net::{IpAddr, Ipv4Addr};

/// The address that limits count. Trust never depends on it: it can be spoofed.
pub fn counted_address(ip: IpAddr) -> IpAddr {
    let IpAddr::V6(v6) = ip.to_canonical() else { return ip.to_canonical() };
    let embedded = match v6.segments() {
        // NAT64 (RFC 6052), 6to4 (RFC 3056).
        [0x64, 0xFF9B, 0, 0, 0, 0, high, low] | [0x2002, high, low, ..] => join(high, low),
        // Teredo (RFC 4380), where the client's address is inverted.
        [0x2001, 0, .., high, low] => join(!high, !low),
        _ => return IpAddr::V6(v6),
    };
    if is_public(embedded) { IpAddr::V4(embedded) } else { IpAddr::V6(v6) }
}

fn join(high: u16, low: u16) -> Ipv4Addr {
    Ipv4Addr::from(u32::from(high) << 16 | u32::from(low))
}

/// Whether a stranger can have the address: they must not use up the limits of this network's own.
fn is_public(ip: Ipv4Addr) -> bool {
    let [first, second, ..] = ip.octets();
    let is_shared = first == 100 && (64..128).contains(&second);
    let is_special =
        ip.is_private() || ip.is_loopback() || ip.is_link_local() || ip.is_multicast() || ip.is_broadcast();
    !is_special && !is_shared && first != 0
}

#[cfg(test)]
mod tests {
    use super::counted_address;

    #[test]
    fn an_address_that_stands_for_an_ipv4_address_counts_as_that_one() {
        for (ip, counted) in [
            ("203.0.113.7", "203.0.113.7"),
            ("::ffff:203.0.113.7", "203.0.113.7"),
            ("64:ff9b::203.0.113.7", "203.0.113.7"),
            ("2002:cb00:7107::1", "203.0.113.7"),
            ("2002:cb00:7107:ffff::1", "203.0.113.7"),
            ("2001:0:4136:e378:8000:63bf:34ff:8ef8", "203.0.113.7"),
            ("2001:db8::1", "2001:db8::1"),
            ("64:ff9b:1::203.0.113.7", "64:ff9b:1::cb00:7107"),
        ] {
            assert_eq!(counted_address(ip.parse().expect(ip)).to_string(), counted, "{ip}");
        }
    }

    #[test]
    fn strangers_cannot_count_as_an_address_of_this_network() {
        for ip in
            ["2002:7f00:1::1", "2002:a00:1::1", "64:ff9b::192.168.0.1", "64:ff9b::a9fe:1", "2002:6440:1::1", "2002::1"]
        {
            let ip = ip.parse().expect(ip);
            assert_eq!(counted_address(ip), ip);
        }
    }
}
