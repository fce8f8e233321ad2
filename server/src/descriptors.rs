//! File descriptors: the limit of the process, and how many connections fit into it.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Descriptors for the database, the log and what a library opens for a moment.
const RESERVE: usize = 128;

/// Raises the soft limit on open files to the hard one. The usual soft limit of 1,024 is for programs that use `select`.
pub fn raise_limit() {
    let limit = getrlimit(Resource::Nofile);
    if limit.current == limit.maximum {
        return;
    }
    if let Err(error) = setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, ..limit }) {
        tracing::warn!(%error, limit = limit.current, "raising the limit on open files failed; keeping it");
    }
}

/// How many of `wanted` connections fit into the limit on open files.
pub fn connections_within_limit(wanted: usize) -> usize {
    let Some(limit) = getrlimit(Resource::Nofile).current.and_then(|limit| usize::try_from(limit).ok()) else {
        return wanted;
    };
    let available = limit.saturating_sub(RESERVE).max(limit / 2);
    if available < wanted {
        tracing::warn!(
            "max_connections: {wanted} is lowered to {available}, because the limit on open files is {limit} (ulimit -n)"
        );
    }
    wanted.min(available)
}
