//! Files: whether the server can use them, others cannot, and the disk has room.

use std::{
    fs,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

use rustix::{fs::statvfs, process::geteuid};

use super::report::Report;
use crate::{config::Config, model::database_url::DatabaseUrl, preflight, private_files};

/// The permissions of users other than the owner and its group.
const OF_OTHERS: u32 = 0o007;

const GROUP_WRITES: u32 = 0o020;

/// Room below which it is time to act, in bytes.
const LITTLE_SPACE: u64 = 1 << 30;

pub(super) fn check(config: &Config, report: &mut Report) {
    let problems = preflight::files(config);
    for problem in &problems {
        report.fail("files", problem);
    }
    if !problems.is_empty() {
        return;
    }
    let database = match config.database() {
        DatabaseUrl::Sqlite(path) => Some(path),
        DatabaseUrl::Postgres(_) => None,
    };
    let secret = config.secret.is_none().then(|| config.secret_file());
    let files = secret.into_iter().chain(database.iter().flat_map(|path| with_logs(path)));
    let problems: Vec<String> = files.filter_map(|file| problem(&file)).collect();
    for problem in &problems {
        report.warn("files", problem);
    }
    if problems.is_empty() {
        report.ok("files", "their modes and owners are right");
    }
    // A link to a database leads to the disk that it is on.
    let database = database.map(|path| path.canonicalize().unwrap_or(path));
    let directory = database.as_deref().map(private_files::directory_of);
    if let Some(directory) = directory.or_else(|| config.uses_data_dir().then_some(config.data_dir.as_path())) {
        check_space(directory, database.as_deref(), report);
    }
}

fn with_logs(path: &Path) -> impl Iterator<Item = PathBuf> {
    ["", "-wal", "-shm"].into_iter().map(|suffix| {
        let mut name = path.as_os_str().to_owned();
        name.push(suffix);
        name.into()
    })
}

fn problem(file: &Path) -> Option<String> {
    let metadata = fs::metadata(file).ok()?;
    let (mode, path) = (metadata.mode() & 0o777, file.display());
    if mode & OF_OTHERS != 0 {
        return Some(format!("every user of this machine can use {path} (mode {mode:04o}); run `chmod 600` on it"));
    }
    let directory = fs::metadata(private_files::directory_of(file)).ok()?;
    let owner = directory.uid();
    // As where a container runs as a random user of the directory's group.
    let is_own = metadata.uid() == geteuid().as_raw() && directory.mode() & GROUP_WRITES != 0;
    (owner != metadata.uid() && !is_own).then(|| {
        format!("{path} belongs to uid {}, its directory to uid {owner}; run `chown` on one of them", metadata.uid())
    })
}

fn check_space(directory: &Path, database: Option<&Path>, report: &mut Report) {
    let Some(existing) = directory.ancestors().find(|directory| directory.exists()) else { return };
    let free = match statvfs(existing) {
        Ok(disk) => disk.f_bavail * disk.f_frsize,
        Err(error) => return report.warn("disk", format!("{}: {error}", existing.display())),
    };
    let size = database.and_then(|path| fs::metadata(path).ok()).map_or(0, |metadata| metadata.len());
    let text = format!("{} MiB are free in {}", free >> 20, existing.display());
    if free < LITTLE_SPACE || free < size.saturating_mul(2) {
        report.warn("disk", format!("{text}; make room, a full disk stops logins"));
    } else {
        report.ok("disk", text);
    }
}
