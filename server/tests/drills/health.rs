//! Health checks of other clients during an attack: each on a connection of its own.

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use crate::Result;

const INTERVAL: Duration = Duration::from_millis(20);

/// A check that takes longer has failed.
const TIMEOUT: Duration = Duration::from_secs(5);

pub struct Health {
    is_over: Arc<AtomicBool>,
    thread: JoinHandle<Vec<Option<Duration>>>,
}

pub struct Summary {
    pub p99: Duration,
    pub longest: Duration,
    pub failures: usize,
}

impl Health {
    pub fn watch(address: SocketAddr) -> Self {
        let is_over = Arc::<AtomicBool>::default();
        let stop = is_over.clone();
        let thread = thread::spawn(move || {
            let mut checks = Vec::new();
            while !stop.load(Ordering::Relaxed) {
                let start = Instant::now();
                checks.push(check(address).map(|()| start.elapsed()));
                thread::sleep(INTERVAL);
            }
            checks
        });
        Self { is_over, thread }
    }

    pub fn finish(self) -> Result<Summary> {
        self.is_over.store(true, Ordering::Relaxed);
        let checks = self.thread.join().map_err(|_| "the health checks panicked")?;
        let failures = checks.iter().filter(|check| check.is_none()).count();
        let mut durations: Vec<_> = checks.into_iter().map(|check| check.unwrap_or(TIMEOUT)).collect();
        durations.sort();
        let longest = *durations.last().ok_or("no health check")?;
        Ok(Summary { p99: durations[(durations.len() - 1) * 99 / 100], longest, failures })
    }
}

fn check(address: SocketAddr) -> Option<()> {
    let mut client = TcpStream::connect_timeout(&address, TIMEOUT).ok()?;
    client.set_read_timeout(Some(TIMEOUT)).ok()?;
    client.write_all(b"GET /healthz HTTP/1.1\r\nhost: drill\r\nconnection: close\r\n\r\n").ok()?;
    let mut response = String::new();
    client.read_to_string(&mut response).ok()?;
    response.starts_with("HTTP/1.1 200").then_some(())
}
