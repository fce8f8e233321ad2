//! Argon2id off the async runtime: a fixed set of worker threads, and two short queues.
//!
//! Hashing in each request would take 19 MiB and a thread per request. Here the number of workers bounds the memory, and
//! what cannot be finished within about a second is refused at once, before anything else is done for it.

use std::{
    num::NonZero,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    thread,
};

use argon2::Params;
use crossbeam_channel::{Receiver, Sender, bounded};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

pub use super::hashing_worker::HashError;
use super::{
    hashing_worker::{Job, Shared, Work, Worker},
    params_in_use::{HashCost, ParamsInUse},
};
use crate::model::password::{Password, PasswordHash};

/// Places per worker in each queue. A hash takes about 20 ms, so the last in the queue waits about a second.
const PLACES_PER_WORKER: usize = 64;

/// The Argon2 parameters of new hashes, and the memory budget.
#[derive(Clone, Copy, Debug)]
pub struct HashingParams {
    pub memory_kib: u32,
    pub iterations: u32,
    /// Maximum memory of all workers together.
    pub budget_mib: u32,
}

/// Whose password is hashed first.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Priority {
    /// A browser in which the account has logged in before, or a live session: a flood of others does not delay it.
    Known,
    Unknown,
}

pub struct PasswordHasher {
    known: Queue,
    unknown: Queue,
    shared: Arc<Shared>,
}

struct Queue {
    jobs: Sender<Job>,
    places: Arc<Semaphore>,
}

/// A place in a queue, taken before any other work for a request.
pub struct HashingPlace {
    jobs: Sender<Job>,
    _permit: OwnedSemaphorePermit,
}

impl Queue {
    fn with_places(places: usize) -> (Self, Receiver<Job>) {
        let (jobs, receiver) = bounded(places);
        (Self { jobs, places: Arc::new(Semaphore::new(places)) }, receiver)
    }
}

impl PasswordHasher {
    /// Starts the workers: one per core, as far as the memory budget allows, and at least one. `in_use` are the parameters
    /// of stored hashes.
    pub fn start(params: HashingParams, in_use: &[HashCost]) -> Result<Self, String> {
        let current = Params::new(params.memory_kib, params.iterations, 1, None)
            .map_err(|error| format!("argon2_memory_kib, argon2_iterations: invalid Argon2 parameters: {error}"))?;
        let in_use_here = ParamsInUse::new(HashCost::from(&current));
        in_use_here.set(in_use.iter().copied());
        let affordable = u64::from(params.budget_mib) * 1024 / u64::from(in_use_here.max_memory_kib());
        let cores = thread::available_parallelism().map_or(1, NonZero::get);
        let workers = usize::try_from(affordable.max(1)).map_or(cores, |affordable| affordable.min(cores));

        let (known, first) = Queue::with_places(workers * PLACES_PER_WORKER);
        let (unknown, second) = Queue::with_places(workers * PLACES_PER_WORKER);
        let shared = Arc::new(Shared { in_use: in_use_here, work_done: AtomicU64::default() });
        for _ in 0..workers {
            let worker =
                Worker { first: first.clone(), second: second.clone(), shared: shared.clone(), memory: Vec::new() };
            thread::Builder::new()
                .name("hashing".into())
                .spawn(move || worker.run())
                .map_err(|error| format!("starting a thread for hashing passwords failed: {error}"))?;
        }
        Ok(Self { known, unknown, shared })
    }

    /// Takes a place in a queue, or fails at once.
    pub fn reserve(&self, priority: Priority) -> Result<HashingPlace, HashError> {
        let queue = match priority {
            Priority::Known => &self.known,
            Priority::Unknown => &self.unknown,
        };
        let permit = queue.places.clone().try_acquire_owned().map_err(|_| HashError::Busy)?;
        Ok(HashingPlace { jobs: queue.jobs.clone(), _permit: permit })
    }

    /// The length of both queues.
    pub fn waiting(&self) -> usize {
        self.known.jobs.len() + self.unknown.jobs.len()
    }

    /// The work done so far, in kibibytes filled.
    pub fn work_done(&self) -> u64 {
        self.shared.work_done.load(Ordering::Relaxed)
    }

    /// The parameters of stored hashes, as they are in the database now.
    pub fn set_params_in_use(&self, in_use: &[HashCost]) {
        self.shared.in_use.set(in_use.iter().copied());
    }

    /// Whether the hash was made with other parameters than the current ones, so that the next login should replace it.
    pub fn is_outdated(&self, hash: &PasswordHash) -> bool {
        let cost = hash.parsed().ok().and_then(|hash| HashCost::of(&hash));
        cost != Some(self.shared.in_use.current)
    }
}

impl HashingPlace {
    pub async fn hash(&self, password: Password) -> Result<PasswordHash, HashError> {
        let (reply, result) = oneshot::channel();
        self.send(Job { password, work: Work::Hash(reply) })?;
        result.await.unwrap_or(Err(HashError::Failed))
    }

    /// Whether `password` matches `hash`; `None` for an unknown account. The work is the same for every hash, and for none.
    pub async fn matches(&self, password: Password, hash: Option<&PasswordHash>) -> Result<bool, HashError> {
        let (reply, result) = oneshot::channel();
        self.send(Job { password, work: Work::Compare(hash.cloned(), reply) })?;
        result.await.unwrap_or(Err(HashError::Failed))
    }

    fn send(&self, job: Job) -> Result<(), HashError> {
        // Full only while jobs of requests that were dropped are still in the queue.
        self.jobs.try_send(job).map_err(|error| if error.is_full() { HashError::Busy } else { HashError::Failed })
    }
}
