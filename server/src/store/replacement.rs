//! Puts another file in the place of an SQLite database that no server uses.

use std::{
    fs, io, iter,
    path::{Path, PathBuf},
};

use doorward_api::Timestamp;
use sqlx::{AnyConnection, Connection};

use super::{
    database_file::{self, with_suffix},
    explain::explain,
    temporary_file::{TemporaryFile, sync_directory},
};
use crate::clock::Moment;

/// What SQLite keeps beside a database until it has been written into it, and applies to the database at the place.
const LOGS: [&str; 3] = ["-wal", "-shm", "-journal"];

/// `SQLITE_BUSY` and `SQLITE_LOCKED`, `SQLITE_CORRUPT` and `SQLITE_NOTADB`. Extended codes have them in the last byte.
const IN_USE: [u32; 2] = [5, 6];
const UNREADABLE: [u32; 2] = [11, 26];

/// Replaces the database at `place` in one step: a crash leaves the old one or the new one. The old one is kept beside it;
/// returns its path. An error is one line.
pub async fn replace_database(new: TemporaryFile, place: &Path, now: Moment) -> Result<Option<PathBuf>, String> {
    let fail = |reason: String| format!("database_url: {}: {reason}", place.display());
    let place = database_file::resolve(place).map_err(fail)?;
    let exists = database_file::exists(&place).map_err(fail)?;
    if exists {
        write_log_into_database(&place).await.map_err(fail)?;
    }
    let kept = free_name(&place, now);
    // Also without a database: logs of one that was deleted would be applied to the new one.
    let replaced = keep(&place, &kept, exists).and_then(|()| new.replace(&place));
    replaced.map_err(|error| fail(error.to_string()))?;
    Ok(exists.then_some(kept))
}

/// A name for the old database with the time in it.
fn free_name(place: &Path, now: Moment) -> PathBuf {
    let time = Timestamp::from(now).as_str().replace(':', "");
    let first = with_suffix(place, &format!(".before-restore-{time}"));
    let is_free =
        |name: &Path| iter::once("").chain(LOGS).all(|suffix| with_suffix(name, suffix).symlink_metadata().is_err());
    let (mut name, mut number) = (first.clone(), 1);
    while !is_free(&name) {
        number += 1;
        name = with_suffix(&first, &format!("-{number}"));
    }
    name
}

/// Gives the database a second name, so that its place is never empty, and takes what is left of its logs away from there.
/// SQLite may be deleting a log meanwhile: it closes a database that it could not read in a thread of its own.
fn keep(place: &Path, kept: &Path, exists: bool) -> io::Result<()> {
    if exists {
        link(place, kept)?;
    }
    for suffix in LOGS {
        unless_gone(link(&with_suffix(place, suffix), &with_suffix(kept, suffix)))?;
    }
    sync_directory(kept)?;
    for suffix in LOGS {
        unless_gone(fs::remove_file(with_suffix(place, suffix)))?;
    }
    sync_directory(kept)
}

fn unless_gone(result: io::Result<()>) -> io::Result<()> {
    result.or_else(|error| if error.kind() == io::ErrorKind::NotFound { Ok(()) } else { Err(error) })
}

/// A second name for a file, or a copy where the file system has no links.
fn link(from: &Path, to: &Path) -> io::Result<()> {
    match fs::hard_link(from, to) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
            let copy = TemporaryFile::beside(to)?;
            fs::copy(from, copy.path())?;
            copy.move_to_free(to)
        }
        linked => linked,
    }
}

/// Ends with the database in one file, which is all that is kept of it. One that cannot be read is kept with
/// what SQLite leaves of its logs.
async fn write_log_into_database(place: &Path) -> Result<(), String> {
    let written = async {
        let mut connection = AnyConnection::connect_with(&database_file::options(place, "rw")?).await?;
        sqlx::raw_sql("pragma busy_timeout = 3000").execute(&mut connection).await?;
        let mode: String = sqlx::query_scalar("pragma journal_mode = delete").fetch_one(&mut connection).await?;
        connection.close().await?;
        Ok::<_, sqlx::Error>(mode)
    };
    let in_use = || "another process has it open; end it and try again".to_owned();
    match written.await {
        Ok(mode) if mode == "delete" => Ok(()),
        Ok(_) => Err(in_use()),
        Err(error) if has_code(&error, IN_USE) => Err(in_use()),
        Err(error) if has_code(&error, UNREADABLE) => Ok(()),
        Err(error) => Err(explain(&error)),
    }
}

fn has_code(error: &sqlx::Error, codes: [u32; 2]) -> bool {
    let code = error.as_database_error().and_then(|error| error.code()?.parse::<u32>().ok());
    code.is_some_and(|code| codes.contains(&(code & 0xFF)))
}
