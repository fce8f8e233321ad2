//! One connection: what its client holds here, and when it last made progress.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicU8, AtomicU32, AtomicUsize, Ordering::Relaxed},
};

use axum::http::{Request, Version};
use ipnet::IpNet;
use tokio::sync::Notify;

use super::{
    heads,
    limits::{MAX_UNSENT_PER_CONNECTION, Timeouts},
};
use crate::cutoff::Cutoff;

/// Shared by all connections.
#[derive(Default)]
pub struct Totals {
    /// Ticks since the start. A timestamp without a system call.
    pub tick: AtomicU32,
    /// Memory that all clients hold, in bytes.
    pub held: AtomicUsize,
}

/// What a connection has to do.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[repr(u8)]
pub enum Order {
    Serve,
    /// Answer the running requests and take no further ones.
    Drain,
    Close,
}

pub struct Connection {
    pub id: u64,
    /// What shares the limit per address.
    pub network: IpNet,
    totals: Arc<Totals>,
    opened: u32,
    /// The tick of the last progress.
    progress: AtomicU32,
    has_request: AtomicBool,
    is_http2: AtomicBool,
    /// Requests that are not answered completely.
    open_requests: AtomicU32,
    /// Request bodies of which the client has to send more.
    awaited_bodies: AtomicU32,
    /// Response bodies of which the client has to receive more.
    stalled_bodies: AtomicU32,
    /// Memory of requests that are not answered completely, in bytes.
    requests: AtomicUsize,
    /// Memory of unsent responses, wherever HTTP/1 and HTTP/2 keep them.
    unsent: AtomicUsize,
    /// The socket takes no more bytes.
    is_blocked: AtomicBool,
    order: AtomicU8,
    ordered: Notify,
}

impl Connection {
    pub fn new(id: u64, network: IpNet, totals: Arc<Totals>) -> Self {
        let opened = totals.tick.load(Relaxed);
        Self {
            id,
            network,
            totals,
            opened,
            progress: opened.into(),
            has_request: false.into(),
            is_http2: false.into(),
            open_requests: 0.into(),
            awaited_bodies: 0.into(),
            stalled_bodies: 0.into(),
            requests: 0.into(),
            unsent: 0.into(),
            is_blocked: false.into(),
            order: (Order::Serve as u8).into(),
            ordered: Notify::new(),
        }
    }

    /// Begins a request, which lasts until its response has been handed over.
    pub fn begin<B>(self: &Arc<Self>, request: &Request<B>) -> OpenRequest {
        if !self.has_request.swap(true, Relaxed) {
            self.is_http2.store(request.version() == Version::HTTP_2, Relaxed);
        }
        if self.open_requests.fetch_add(1, Relaxed) == 0 {
            self.record_progress();
        }
        // In HTTP/1 the head is in a buffer that the connection has anyway.
        let bytes = if self.is_http2() { heads::request_bytes(request) } else { 0 };
        self.hold_request(bytes);
        OpenRequest { connection: self.clone(), bytes }
    }

    pub fn is_http2(&self) -> bool {
        self.is_http2.load(Relaxed)
    }

    pub fn record_progress(&self) {
        self.progress.store(self.totals.tick.load(Relaxed), Relaxed);
    }

    /// Notes that the socket takes no more bytes, or that it takes some again.
    pub fn set_blocked(&self, is_blocked: bool) {
        self.is_blocked.store(is_blocked, Relaxed);
        self.record_progress();
    }

    /// Notes that the client has to send more of a request body, or has sent it.
    pub fn set_awaiting_body(&self, is_awaiting: bool) {
        if is_awaiting {
            self.awaited_bodies.fetch_add(1, Relaxed)
        } else {
            self.awaited_bodies.fetch_sub(1, Relaxed)
        };
    }

    /// Notes that the client has to receive more of a response body, or has received it.
    pub fn set_stalled_body(&self, is_stalled: bool) {
        if !is_stalled {
            self.stalled_bodies.fetch_sub(1, Relaxed);
        } else if self.stalled_bodies.fetch_add(1, Relaxed) == 0 {
            self.record_progress();
        }
    }

    /// Counts memory of a request that is not complete, or not answered.
    pub fn hold_request(&self, bytes: usize) {
        self.requests.fetch_add(bytes, Relaxed);
        self.totals.held.fetch_add(bytes, Relaxed);
    }

    pub fn release_request(&self, bytes: usize) {
        self.requests.fetch_sub(bytes, Relaxed);
        self.totals.held.fetch_sub(bytes, Relaxed);
    }

    /// Counts memory of an unsent response.
    pub fn hold(&self, bytes: usize) {
        if self.unsent.fetch_add(bytes, Relaxed) == 0 {
            self.record_progress();
        }
        self.totals.held.fetch_add(bytes, Relaxed);
    }

    /// That part has been sent or dropped.
    pub fn release(&self, bytes: usize) {
        self.unsent.fetch_sub(bytes, Relaxed);
        self.totals.held.fetch_sub(bytes, Relaxed);
        self.record_progress();
    }

    /// Memory that the client holds, in bytes.
    pub fn held(&self) -> usize {
        self.unsent.load(Relaxed) + self.requests.load(Relaxed)
    }

    pub fn open_requests(&self) -> u32 {
        self.open_requests.load(Relaxed)
    }

    /// Whether further responses would take too much memory until the client receives some.
    pub fn is_full(&self) -> bool {
        self.unsent.load(Relaxed) > MAX_UNSENT_PER_CONNECTION
    }

    /// Whether nothing happens here until the client sends or receives something.
    pub fn waits_for_client(&self) -> bool {
        self.open_requests.load(Relaxed) == 0 || self.awaited_bodies.load(Relaxed) > 0 || self.has_unsent()
    }

    /// Whether the client has to receive something.
    pub fn has_unsent(&self) -> bool {
        self.is_blocked.load(Relaxed)
            || (self.is_http2() && (self.stalled_bodies.load(Relaxed) > 0 || self.unsent.load(Relaxed) > 0))
    }

    /// Ticks since the last progress.
    pub fn idle_ticks(&self) -> u32 {
        self.totals.tick.load(Relaxed).wrapping_sub(self.progress.load(Relaxed))
    }

    /// Drains or closes the connection if a timeout has passed, and returns which limit it has reached.
    pub fn check(&self, timeouts: &Timeouts) -> Option<Cutoff> {
        let idle = self.idle_ticks();
        let (stall, next_head) = (timeouts.ticks(timeouts.stall), timeouts.ticks(timeouts.next_head));
        let age = self.totals.tick.load(Relaxed).wrapping_sub(self.opened);
        if !self.has_request.load(Relaxed) {
            return (age > timeouts.ticks(timeouts.first_head)).then_some(Cutoff::SlowHead);
        }
        if self.has_unsent() {
            return (idle > stall).then_some(Cutoff::Stalled);
        }
        // HTTP/1 has a timeout of its own for the next head. Only HTTP/2 can announce that a connection takes no further
        // requests; otherwise one that is on its way would be lost.
        if self.is_http2() {
            let is_idle = self.open_requests.load(Relaxed) == 0 && idle > next_head;
            if is_idle && idle > next_head.saturating_add(stall) {
                return Some(Cutoff::Stalled);
            }
            if is_idle || age > timeouts.ticks(timeouts.max_age) {
                self.order(Order::Drain);
            }
        }
        None
    }

    /// Gives an order, unless there is a stronger one.
    pub fn order(&self, order: Order) {
        if self.order.fetch_max(order as u8, Relaxed) < order as u8 {
            self.ordered.notify_one();
        }
    }

    /// Whether its client gets no further responses.
    pub fn is_closing(&self) -> bool {
        self.order.load(Relaxed) == Order::Close as u8
    }

    /// Waits for the next order.
    pub async fn ordered(&self) -> Order {
        self.ordered.notified().await;
        if self.is_closing() { Order::Close } else { Order::Drain }
    }
}

/// A request that is not answered completely, until it is dropped.
pub struct OpenRequest {
    connection: Arc<Connection>,
    bytes: usize,
}

impl OpenRequest {
    pub fn connection(&self) -> &Arc<Connection> {
        &self.connection
    }
}

impl Drop for OpenRequest {
    fn drop(&mut self) {
        if self.connection.open_requests.fetch_sub(1, Relaxed) == 1 {
            self.connection.record_progress();
        }
        self.connection.release_request(self.bytes);
    }
}
