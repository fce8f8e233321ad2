//! Argon2id off the async runtime: a fixed set of workers that keep their memory, and a short queue before them.
//!
//! A hash per request would take 19 MiB and a thread each, as many as there are requests. Here memory is bounded by the
//! number of workers, and what cannot be worked off within about a second is refused at once (R10, R20).

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

/// Waiting hashes per worker. A hash takes some 20 ms, so the last in the queue waits about a second.
const QUEUE_PER_WORKER: usize = 64;

/// A worker that has nothing to do for this long gives its memory back.
const KEEPS_MEMORY: Duration = Duration::from_secs(5);

/// PasswordHasher yields to serving: with all cores busy, other requests still get their turn (`nice`, 0 to 19).
const NICENESS: i32 = 5;

/// The settings of new hashes.
#[derive(Clone, Copy, Debug)]
pub struct HashingParams {
    /// Memory of one hash, in KiB.
    pub memory_kib: u32,
    /// Passes over the memory.
    pub iterations: u32,
    /// Memory of all hashes at once, in MiB.
    pub budget_mib: u32,
}

/// Why there is no answer.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum HashError {
    /// Too many are waiting.
    Busy,
    /// A hash in the database that is not one of ours, or a machine without memory.
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

/// Hashes passwords and compares them with hashes.
pub struct PasswordHasher {
    queue: Sender<Job>,
    params: Params,
    decoy: PasswordHash,
}

impl PasswordHasher {
    /// Starts the workers: as many as there are cores, as far as the budget goes, and at least one.
    pub fn start(params: HashingParams) -> Result<Self, String> {
        let argon2 = Params::new(params.memory_kib, params.iterations, 1, None).map_err(|error| {
            format!("argon2_memory_kib, argon2_iterations: Argon2 does not take these settings: {error}")
        })?;
        let affordable = (u64::from(params.budget_mib) * 1024 / u64::from(params.memory_kib)).max(1);
        let cores = thread::available_parallelism().map_or(1, NonZero::get);
        let workers = usize::try_from(affordable).map_or(cores, |affordable| affordable.min(cores));

        let (queue, jobs) = crossbeam_channel::bounded(workers * QUEUE_PER_WORKER);
        for _ in 0..workers {
            let (jobs, params) = (jobs.clone(), argon2.clone());
            thread::Builder::new()
                .name("hashing".into())
                .spawn(move || work(&jobs, &params))
                .map_err(|error| format!("no thread for hashing passwords: {error}"))?;
        }
        let decoy = written(&argon2, &random::bytes(), &random::bytes::<32>()).map_err(|error| error.to_string())?;
        Ok(Self { queue, params: argon2, decoy })
    }

    /// The hash of a new password.
    pub async fn hash(&self, password: Password) -> Result<PasswordHash, HashError> {
        let (reply, answer) = oneshot::channel();
        self.send(Job { password, work: Work::Hash(reply) })?;
        answer.await.unwrap_or(Err(HashError::Failed))
    }

    /// Whether `password` is the one that `hash` was made of. Without a hash the same work is done against one that
    /// nothing matches, so that an unknown account takes as long as a wrong password (R15).
    pub async fn matches(&self, password: Password, hash: Option<&PasswordHash>) -> Result<bool, HashError> {
        let (reply, answer) = oneshot::channel();
        self.send(Job { password, work: Work::Compare(hash.unwrap_or(&self.decoy).clone(), reply) })?;
        answer.await.unwrap_or(Err(HashError::Failed))
    }

    /// How many wait for a worker.
    pub fn waiting(&self) -> usize {
        self.queue.len()
    }

    /// Whether the hash was made with settings that are not today's, and should be made anew at the next login (R9).
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

fn work(jobs: &Receiver<Job>, params: &Params) {
    // On Linux a thread has a niceness of its own. Without the right to set it everything still works.
    let _ = rustix::process::setpriority_process(None, NICENESS);
    let mut memory = Vec::new();
    loop {
        match jobs.recv_timeout(KEEPS_MEMORY) {
            Ok(job) => job.run(params, &mut memory),
            Err(RecvTimeoutError::Timeout) => memory = Vec::new(),
            Err(RecvTimeoutError::Disconnected) => return,
        }
    }
}

impl Job {
    /// Does the work, unless nobody waits for it any more.
    fn run(self, params: &Params, memory: &mut Vec<Block>) {
        match self.work {
            Work::Hash(reply) if !reply.is_closed() => {
                let salt = random::bytes::<16>();
                let hash =
                    hash(&self.password, &salt, params, memory).and_then(|output| written(params, &salt, &output));
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

fn written(params: &Params, salt: &[u8; 16], output: &[u8; 32]) -> argon2::Result<PasswordHash> {
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
