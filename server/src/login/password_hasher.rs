//! Argon2id off the async runtime: a fixed set of worker threads that reuse their memory, and a short queue.
//!
//! Hashing in each request would take 19 MiB and a thread per request. Here the number of workers bounds the memory, and
//! what cannot be finished within about a second is rejected at once.

use std::{num::NonZero, thread, time::Duration};

use argon2::{
    Algorithm, Argon2, Block, Params, Version,
    password_hash::phc::{self, Output, ParamsString, Salt},
};
use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, TrySendError};
use tokio::sync::oneshot;

use crate::{
    model::password::{Password, PasswordHash},
    random,
};

/// Queued hashes per worker. A hash takes about 20 ms, so the last in the queue waits about a second.
const QUEUE_PER_WORKER: usize = 64;

/// A worker that is idle for this long frees its memory.
const FREE_MEMORY_AFTER: Duration = Duration::from_secs(5);

/// The `nice` value of workers: with all cores busy, other requests take precedence over hashing.
const NICENESS: i32 = 5;

/// The Argon2 parameters of new hashes, and the memory budget.
#[derive(Clone, Copy, Debug)]
pub struct HashingParams {
    pub memory_kib: u32,
    pub iterations: u32,
    /// Maximum memory of all workers together.
    pub budget_mib: u32,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum HashError {
    /// The queue is full.
    Busy,
    /// An invalid hash in the database, or out of memory.
    Failed,
}

enum Work {
    Hash(oneshot::Sender<Result<PasswordHash, HashError>>),
    Compare(PasswordHash, oneshot::Sender<Result<bool, HashError>>),
}

struct Job {
    password: Password,
    work: Work,
}

pub struct PasswordHasher {
    queue: Sender<Job>,
    params: Params,
    /// No password matches it.
    decoy: PasswordHash,
}

impl PasswordHasher {
    /// Starts the workers: one per core, as far as the memory budget allows, and at least one.
    pub fn start(params: HashingParams) -> Result<Self, String> {
        let argon2 = Params::new(params.memory_kib, params.iterations, 1, None)
            .map_err(|error| format!("argon2_memory_kib, argon2_iterations: invalid Argon2 parameters: {error}"))?;
        let affordable = (u64::from(params.budget_mib) * 1024 / u64::from(params.memory_kib)).max(1);
        let cores = thread::available_parallelism().map_or(1, NonZero::get);
        let workers = usize::try_from(affordable).map_or(cores, |affordable| affordable.min(cores));

        let (queue, jobs) = crossbeam_channel::bounded(workers * QUEUE_PER_WORKER);
        for _ in 0..workers {
            let (jobs, params) = (jobs.clone(), argon2.clone());
            thread::Builder::new()
                .name("hashing".into())
                .spawn(move || run_worker(&jobs, &params))
                .map_err(|error| format!("starting a thread for hashing passwords failed: {error}"))?;
        }
        let decoy = encode(&argon2, &random::bytes(), &random::bytes::<32>()).map_err(|error| error.to_string())?;
        Ok(Self { queue, params: argon2, decoy })
    }

    pub async fn hash(&self, password: Password) -> Result<PasswordHash, HashError> {
        let (reply, result) = oneshot::channel();
        self.send(Job { password, work: Work::Hash(reply) })?;
        result.await.unwrap_or(Err(HashError::Failed))
    }

    /// Whether `password` matches `hash`. `None` is compared with a decoy, so that an unknown account takes as long as a
    /// wrong password.
    pub async fn matches(&self, password: Password, hash: Option<&PasswordHash>) -> Result<bool, HashError> {
        let (reply, result) = oneshot::channel();
        self.send(Job { password, work: Work::Compare(hash.unwrap_or(&self.decoy).clone(), reply) })?;
        result.await.unwrap_or(Err(HashError::Failed))
    }

    /// The length of the queue.
    pub fn waiting(&self) -> usize {
        self.queue.len()
    }

    /// Whether the hash was made with other parameters than the current ones, so that the next login should replace it.
    pub fn is_outdated(&self, hash: &PasswordHash) -> bool {
        hash.parsed()
            .ok()
            .and_then(|hash| Params::try_from(&hash).ok())
            .is_none_or(|params| params.m_cost() != self.params.m_cost() || params.t_cost() != self.params.t_cost())
    }

    fn send(&self, job: Job) -> Result<(), HashError> {
        self.queue.try_send(job).map_err(|error| match error {
            TrySendError::Full(_) => HashError::Busy,
            TrySendError::Disconnected(_) => HashError::Failed,
        })
    }
}

fn run_worker(jobs: &Receiver<Job>, params: &Params) {
    // On Linux, niceness is per thread. If setting it is not permitted, hashing works nevertheless.
    let _ = rustix::process::setpriority_process(None, NICENESS);
    let mut memory = Vec::new();
    loop {
        match jobs.recv_timeout(FREE_MEMORY_AFTER) {
            Ok(job) => job.run(params, &mut memory),
            Err(RecvTimeoutError::Timeout) => memory = Vec::new(),
            Err(RecvTimeoutError::Disconnected) => return,
        }
    }
}

impl Job {
    /// Skips the work if the request has been dropped.
    fn run(self, params: &Params, memory: &mut Vec<Block>) {
        match self.work {
            Work::Hash(reply) if !reply.is_closed() => {
                let salt = random::bytes::<16>();
                let hash =
                    hash(&self.password, &salt, params, memory).and_then(|output| encode(params, &salt, &output));
                let _ = reply.send(hash.map_err(|_| HashError::Failed));
            }
            Work::Compare(hash, reply) if !reply.is_closed() => {
                let _ = reply.send(compare(&self.password, &hash, memory).map_err(|_| HashError::Failed));
            }
            Work::Hash(_) | Work::Compare(..) => {}
        }
    }
}

fn hash(password: &Password, salt: &[u8], params: &Params, memory: &mut Vec<Block>) -> argon2::Result<[u8; 32]> {
    if memory.len() < params.block_count() {
        memory.resize(params.block_count(), Block::default());
    }
    let mut output = [0; 32];
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params.clone()).hash_password_into_with_memory(
        password.reveal().as_bytes(),
        salt,
        &mut output,
        memory,
    )?;
    Ok(output)
}

fn compare(password: &Password, stored: &PasswordHash, memory: &mut Vec<Block>) -> Result<bool, phc::Error> {
    let stored = stored.parsed()?;
    let (Some(salt), Some(expected)) = (stored.salt, stored.hash) else {
        return Ok(false);
    };
    let params = Params::try_from(&stored).map_err(|_| phc::Error::ParamValueInvalid)?;
    let output = hash(password, salt.as_ref(), &params, memory).map_err(|_| phc::Error::ParamValueInvalid)?;
    // `Output` compares in constant time.
    Ok(Output::new(&output)? == expected)
}

fn encode(params: &Params, salt: &[u8; 16], output: &[u8; 32]) -> argon2::Result<PasswordHash> {
    let invalid = |_| argon2::Error::AlgorithmInvalid;
    Ok(phc::PasswordHash {
        algorithm: Algorithm::Argon2id.ident(),
        version: Some(Version::V0x13.into()),
        params: ParamsString::try_from(params).map_err(|_| argon2::Error::AlgorithmInvalid)?,
        salt: Some(Salt::new(salt).map_err(invalid)?),
        hash: Some(Output::new(output).map_err(invalid)?),
    }
    .into())
}
