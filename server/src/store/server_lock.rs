//! The lock on an SQLite file that keeps a second server away: each would hold last-used times that the other one lacks, and
//! end sessions that are in use. The command line works beside a server and takes no lock.

use std::{
    fs::{self, File, TryLockError},
    io::{self, Read, Write},
    os::unix::fs::MetadataExt,
    path::Path,
    thread,
    time::Duration,
};

use super::database_file;
use crate::{model::database_url::DatabaseUrl, private_files};

/// A server that was just killed keeps its lock until the operating system has removed it.
const WAIT: Duration = Duration::from_millis(50);
const MAX_WAITS: u32 = 20;

/// Held until it is dropped, or its process exits.
#[derive(Debug)]
pub struct ServerLock {
    _file: File,
}

impl ServerLock {
    /// Locks an SQLite file. `None` on Postgres, which any number of servers share. The error is one line for the operator.
    pub fn acquire(url: &DatabaseUrl) -> Result<Option<Self>, String> {
        let DatabaseUrl::Sqlite(path) = url else { return Ok(None) };
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            private_files::create_directory(folder)
                .map_err(|error| format!("database_url: {}: {error}", path.display()))?;
        }
        let path =
            &database_file::resolve(path).map_err(|reason| format!("database_url: {}: {reason}", path.display()))?;
        let lock_path = database_file::lock_of(path);
        let fail = |error: io::Error| format!("database_url: {}: {error}", lock_path.display());
        database_file::check_access(&lock_path, path)
            .map_err(|reason| format!("database_url: {}: {reason}", lock_path.display()))?;
        let mut file = private_files::open_own(&lock_path).map_err(fail)?;
        private_files::restrict_to_owner(&lock_path);
        let mut waits = 0;
        loop {
            match file.try_lock() {
                Ok(()) if is_at(&file, &lock_path) => break,
                // Deleted meanwhile: the lock of another server would be on another file.
                Ok(()) => file = private_files::open_own(&lock_path).map_err(fail)?,
                Err(TryLockError::WouldBlock) if waits < MAX_WAITS => thread::sleep(WAIT),
                Err(TryLockError::WouldBlock) => return Err(in_use(path, &mut file)),
                Err(TryLockError::Error(error)) => return Err(fail(error)),
            }
            waits += 1;
        }
        file.set_len(0).and_then(|()| write!(file, "{}", std::process::id())).map_err(fail)?;
        Ok(Some(Self { _file: file }))
    }
}

fn is_at(file: &File, path: &Path) -> bool {
    let identity = |metadata: fs::Metadata| (metadata.dev(), metadata.ino());
    let (opened, current) = (file.metadata().map(identity), fs::symlink_metadata(path).map(identity));
    opened.is_ok_and(|opened| current.is_ok_and(|current| current == opened))
}

fn in_use(path: &Path, lock: &mut File) -> String {
    let mut process = String::new();
    // The process id only helps the operator; without it the line is still true.
    let is_known = lock.read_to_string(&mut process).is_ok() && !process.is_empty();
    let process = if is_known { format!(" (process {process})") } else { String::new() };
    format!("database_url: {} is in use by another server{process}; stop it, or use another data_dir", path.display())
}
