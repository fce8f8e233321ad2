//! The threads that hash passwords. Each reuses its memory, and frees it when idle.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use argon2::{
    Algorithm, Argon2, Block, Params, Version,
    password_hash::phc::{self, Output, ParamsString, Salt},
};
use crossbeam_channel::{Receiver, select_biased};
use tokio::sync::oneshot;

use super::params_in_use::{HashCost, ParamsInUse};
use crate::{
    model::password::{Password, PasswordHash},
    random,
};

/// A worker that is idle for this long frees its memory.
const FREE_MEMORY_AFTER: Duration = Duration::from_secs(5);

/// The `nice` value of workers: with all cores busy, other requests take precedence over hashing.
const NICENESS: i32 = 5;

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum HashError {
    /// The queue is full.
    Busy,
    /// An unreadable hash in the database, or out of memory.
    Failed,
}

pub(super) enum Work {
    Hash(oneshot::Sender<Result<PasswordHash, HashError>>),
    /// `None` for an unknown account.
    Compare(Option<PasswordHash>, oneshot::Sender<Result<bool, HashError>>),
}

pub(super) struct Job {
    pub(super) password: Password,
    pub(super) work: Work,
}

/// What the workers share.
pub(super) struct Shared {
    pub(super) in_use: ParamsInUse,
    /// The work done so far, in kibibytes filled.
    pub(super) work_done: AtomicU64,
}

pub(super) struct Worker {
    pub(super) first: Receiver<Job>,
    pub(super) second: Receiver<Job>,
    pub(super) shared: Arc<Shared>,
    pub(super) memory: Vec<Block>,
}

impl Worker {
    /// Runs until all senders are gone.
    pub(super) fn run(mut self) {
        // On Linux, niceness is per thread. If setting it is not permitted, hashing works nevertheless.
        let _ = rustix::process::setpriority_process(None, NICENESS);
        loop {
            let job = select_biased! {
                recv(self.first) -> job => job,
                recv(self.second) -> job => job,
                default(FREE_MEMORY_AFTER) => {
                    self.memory = Vec::new();
                    continue;
                }
            };
            let Ok(job) = job else { return };
            self.perform(job);
        }
    }

    /// Skips the work if the request has been dropped.
    fn perform(&mut self, Job { password, work }: Job) {
        match work {
            Work::Hash(reply) if !reply.is_closed() => {
                let hash = self.new_hash(&password);
                let _ = reply.send(hash.map_err(|_| HashError::Failed));
            }
            Work::Compare(hash, reply) if !reply.is_closed() => {
                let is_same = self.compare(&password, hash.as_ref());
                let _ = reply.send(is_same.map_err(|_| HashError::Failed));
            }
            Work::Hash(_) | Work::Compare(..) => {}
        }
    }

    fn new_hash(&mut self, password: &Password) -> argon2::Result<PasswordHash> {
        let (cost, salt) = (self.shared.in_use.current, random::bytes::<16>());
        let output = self.hash(password, &salt, cost)?;
        encode(&cost.params()?, &salt, &output)
    }

    /// One hash for each set of parameters in use, of which one counts at most.
    fn compare(&mut self, password: &Password, stored: Option<&PasswordHash>) -> argon2::Result<bool> {
        let parsed = stored.and_then(|stored| {
            let hash = stored.parsed().ok()?;
            Some((HashCost::of(&hash)?, hash.salt?, hash.hash?))
        });
        let mut is_same = false;
        for cost in self.shared.in_use.with(parsed.as_ref().map(|(cost, ..)| *cost)) {
            match parsed.as_ref().filter(|(stored, ..)| *stored == cost) {
                Some((_, salt, expected)) => {
                    let output = self.hash(password, salt.as_ref(), cost)?;
                    // `Output` compares in constant time.
                    is_same = Output::new(&output).is_ok_and(|output| output == *expected);
                }
                None => drop(self.hash(password, &[0; 16], cost)?),
            }
        }
        // An unreadable hash is no wrong password.
        if parsed.is_none() && stored.is_some() { Err(argon2::Error::AlgorithmInvalid) } else { Ok(is_same) }
    }

    fn hash(&mut self, password: &Password, salt: &[u8], cost: HashCost) -> argon2::Result<Vec<u8>> {
        let params = cost.params()?;
        if self.memory.len() < params.block_count() {
            self.memory.resize(params.block_count(), Block::default());
        }
        let mut output = vec![0; 32];
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params).hash_password_into_with_memory(
            password.reveal().as_bytes(),
            salt,
            &mut output,
            &mut self.memory,
        )?;
        self.shared.work_done.fetch_add(cost.work(), Ordering::Relaxed);
        Ok(output)
    }
}

fn encode(params: &Params, salt: &[u8; 16], output: &[u8]) -> argon2::Result<PasswordHash> {
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
