//! The Argon2 parameters of the stored hashes: usually one set, and more after the settings were changed, until the users
//! with older hashes log in.
//!
//! Every comparison computes one hash for each set, whichever the stored one has: so the time of a login depends neither
//! on the existence of the account nor on the age of its hash. The sum is more work than the most expensive set, but
//! filling up a cheaper one to the same work does not take the same time: Argon2's first pass costs more than the others.

use std::sync::{PoisonError, RwLock};

use argon2::{Params, password_hash::phc};

/// Maximum number of sets. More can only come from as many changes of the settings; hashes with further sets take longer.
const MAX_SETS: usize = 8;

/// A set of Argon2 parameters.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct HashCost {
    pub memory_kib: u32,
    pub iterations: u32,
    pub lanes: u32,
}

impl HashCost {
    /// From a stored hash, or from one without salt and output.
    pub fn of(hash: &phc::PasswordHash) -> Option<Self> {
        Params::try_from(hash).ok().as_ref().map(Self::from)
    }

    /// From the part of a stored hash before its salt.
    pub fn parse(text: &str) -> Option<Self> {
        Self::of(&phc::PasswordHash::new(text).ok()?)
    }

    pub(super) fn params(self) -> argon2::Result<Params> {
        Params::new(self.memory_kib, self.iterations, self.lanes, None)
    }

    /// The work of one hash: kibibytes filled.
    pub(super) fn work(self) -> u64 {
        u64::from(self.memory_kib) * u64::from(self.iterations)
    }
}

impl From<&Params> for HashCost {
    fn from(params: &Params) -> Self {
        Self { memory_kib: params.m_cost(), iterations: params.t_cost(), lanes: params.p_cost() }
    }
}

pub(super) struct ParamsInUse {
    /// Parameters of new hashes.
    pub(super) current: HashCost,
    older: RwLock<Vec<HashCost>>,
}

impl ParamsInUse {
    pub(super) fn new(current: HashCost) -> Self {
        Self { current, older: RwLock::default() }
    }

    pub(super) fn set(&self, in_use: impl Iterator<Item = HashCost>) {
        let mut older: Vec<_> = in_use.filter(|cost| *cost != self.current).collect();
        older.sort_unstable();
        older.dedup();
        older.truncate(MAX_SETS - 1);
        *self.older.write().unwrap_or_else(PoisonError::into_inner) = older;
    }

    /// The sets in use, and that of the hash at hand. If it is new here, it is in use from now on: another node, with other
    /// settings, has made the hash.
    pub(super) fn with(&self, stored: Option<HashCost>) -> Vec<HashCost> {
        let mut all = self.older.read().unwrap_or_else(PoisonError::into_inner).clone();
        all.push(self.current);
        if let Some(stored) = stored.filter(|stored| !all.contains(stored)) {
            all.push(stored);
            self.set(all.iter().copied());
        }
        all
    }

    pub(super) fn max_memory_kib(&self) -> u32 {
        self.with(None).into_iter().map(|cost| cost.memory_kib).max().unwrap_or_default()
    }
}
