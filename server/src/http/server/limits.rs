//! The bounds of what a client can hold here. SECURITY.md lists them with the response beyond each.

use std::time::Duration;

use super::super::request_body;

/// Maximum size of a request head, in bytes; larger ones are answered with 431. Also the size of the buffers of an HTTP/1
/// connection, which exist before anything is known about the client.
pub const MAX_HEAD_BYTES: usize = 16 * 1024;

/// Maximum concurrent requests on an HTTP/2 connection. RFC 9113 recommends no fewer than 100.
pub const MAX_STREAMS: u32 = 100;

/// HTTP/2 flow control of request bodies, for a stream and for a connection. One body always fits.
pub const RECEIVE_WINDOW: u32 = 65_535;
const _: () = assert!(RECEIVE_WINDOW as usize > request_body::MAX_BYTES);

/// Maximum streams that one HTTP/2 connection can have reset before they are accepted, and that this server has reset
/// because of errors of the client: a connection beyond it is closed (CVE-2023-44487, CVE-2025-8671).
pub const MAX_RESET_STREAMS: usize = 20;

/// Maximum bytes of a response that HTTP/2 takes before they are sent.
pub const STREAM_SEND_BUFFER: usize = 32 * 1024;

/// The size of the kernel's send buffer, which it doubles. Small, so that unread responses cost little, and so that the
/// progress of a slow client shows: 30 seconds without it are less than 1.5 kB/s.
pub const SOCKET_SEND_BUFFER: usize = 64 * 1024;

/// Estimated memory of an HTTP/2 request that is not answered completely, without its head and bodies.
pub const REQUEST_BYTES: usize = 4 * 1024;

/// Maximum memory of the unsent responses on one connection. Beyond it, further requests get 503.
pub const MAX_UNSENT_PER_CONNECTION: usize = 512 * 1024;

/// Maximum memory of all unsent responses and of all requests that are not answered completely. Beyond it, the connections
/// that make the least progress are closed.
pub const MAX_HELD: usize = 64 * 1024 * 1024;

/// Maximum memory that a connection may hold while more than half of [`MAX_HELD`] is held. Beyond it, further requests get 503:
/// answers to many connections with many requests each would otherwise cost time until the memory is used up.
pub const MAX_HELD_IF_SCARCE: usize = 64 * 1024;

/// Fraction (1/n) of the connections evicted at once: choosing them scans all.
pub const EVICTED_SHARE: usize = 64;

/// Response bodies below this size are not counted.
pub const MIN_COUNTED_BYTES: usize = 2 * 1024;

#[derive(Clone, Copy, Debug)]
pub struct Limits {
    pub max_connections: usize,
    /// Per IPv4 address and per IPv6 /64. Does not hold for loopback addresses and trusted proxies.
    pub max_connections_per_address: usize,
    pub timeouts: Timeouts,
}

#[derive(Clone, Copy, Debug)]
pub struct Timeouts {
    /// For the head of the first request on a connection.
    pub first_head: Duration,
    /// For the head of the next request on the connection, idle time included.
    pub next_head: Duration,
    /// Without progress of a client that has to receive something.
    pub stall: Duration,
    /// Interval of HTTP/2 pings, and the timeout for their acknowledgment.
    pub ping: Duration,
    /// Age from which on an HTTP/2 connection takes no further requests.
    pub max_age: Duration,
    /// Interval of the checks of `first_head`, `stall` and `max_age`, and their precision.
    pub tick: Duration,
}

impl Timeouts {
    /// `next_head` exceeds the 60 seconds for which common proxies keep an idle connection. So the proxy closes it first,
    /// and sends no request into a connection that is being closed here.
    pub const DEFAULT: Self = Self {
        first_head: Duration::from_secs(20),
        next_head: Duration::from_secs(75),
        stall: Duration::from_secs(30),
        ping: Duration::from_secs(30),
        max_age: Duration::from_hours(1),
        tick: Duration::from_secs(1),
    };

    /// A duration as a number of ticks.
    pub fn ticks(&self, duration: Duration) -> u32 {
        u32::try_from(duration.as_millis().div_ceil(self.tick.as_millis().max(1))).unwrap_or(u32::MAX)
    }
}
