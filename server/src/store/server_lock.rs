//! The lock on an SQLite file that keeps a second server away: each would hold last-used times that the other one lacks, and
//! end sessions that are in use. The command line works beside a server and takes no lock.

use std::{
    fs::{File, TryLockError},
    io::{Read, Write},
    path::Path,
};

use crate::{model::database_url::DatabaseUrl, private_files};

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
        // In a file of its own: closing a second handle of the database would release SQLite's own locks.
        let lock_path = path.with_added_extension("lock");
        let fail = |error| format!("database_url: {}: {error}", lock_path.display());
        let mut file = private_files::open(&lock_path, true).map_err(fail)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(in_use(path, &mut file)),
            Err(TryLockError::Error(error)) => return Err(fail(error)),
        }
        file.set_len(0).and_then(|()| write!(file, "{}", std::process::id())).map_err(fail)?;
        Ok(Some(Self { _file: file }))
    }
}

fn in_use(path: &Path, lock: &mut File) -> String {
    let mut process = String::new();
    // The process id only helps the operator; without it the line is still true.
    let is_known = lock.read_to_string(&mut process).is_ok() && !process.is_empty();
    let process = if is_known { format!(" (process {process})") } else { String::new() };
    format!("database_url: {} is in use by another server{process}; stop it, or use another data_dir", path.display())
}
