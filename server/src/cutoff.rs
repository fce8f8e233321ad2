//! Limits that end a connection.

/// Why a connection is refused or closed before its client closes it.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Cutoff {
    /// `max_connections_per_address`.
    AddressLimit,
    /// `max_connections`, and no connection waits for its client.
    ConnectionLimit,
    /// A new connection took the place of this one, which waited for its client.
    Evicted,
    SlowHead,
    Stalled,
    MemoryLimit,
}

impl Cutoff {
    pub const ALL: [Self; 6] =
        [Self::AddressLimit, Self::ConnectionLimit, Self::Evicted, Self::SlowHead, Self::Stalled, Self::MemoryLimit];

    pub const fn label(self) -> &'static str {
        match self {
            Self::AddressLimit => "address_limit",
            Self::ConnectionLimit => "connection_limit",
            Self::Evicted => "evicted",
            Self::SlowHead => "slow_head",
            Self::Stalled => "stalled",
            Self::MemoryLimit => "memory_limit",
        }
    }

    /// For the operator.
    pub const fn advice(self) -> &'static str {
        match self {
            Self::AddressLimit => {
                "its address has `max_connections_per_address`; if it is a proxy, add it to `trusted_proxies`"
            }
            Self::ConnectionLimit => "there are `max_connections`, and all of them are in use",
            Self::Evicted => "there are `max_connections`, and it waited for its client for the longest time",
            Self::SlowHead => "no complete request head in time",
            Self::Stalled => "its client has stopped receiving a response",
            Self::MemoryLimit => "its unsent responses exceed the memory budget",
        }
    }
}
