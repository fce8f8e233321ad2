//! Puts another file in the place of an SQLite database that no server uses.

use std::{
    fs, io, iter,
    path::{Path, PathBuf},
};

use doorward_api::Timestamp;
use sqlx::{AnyConnection, Connection};

use super::{
    database_file::{self, with_suffix},
    temporary_file::{TemporaryFile, sync_directory},
};
use crate::{
    clock::Moment,
    private_files::{self, directory_of},
};

/// What SQLite keeps beside a database until it has been written into it.
const LOGS: [&str; 2] = ["-wal", "-shm"];

/// Replaces the database at `place` in one step: a crash leaves the old one or the new one. The old one is kept beside it;
/// returns its path. An error is one line.
pub async fn replace_database(new: TemporaryFile, place: &Path, now: Moment) -> Result<Option<PathBuf>, String> {
    let fail = |error: io::Error| format!("database_url: {}: {error}", place.display());
    let place =
        database_file::resolve(place).map_err(|reason| format!("database_url: {}: {reason}", place.display()))?;
    let owner = if place.exists() { place.clone() } else { directory_of(&place).to_owned() };
    private_files::give_to_owner_of(new.path(), &owner).map_err(fail)?;
    if !place.exists() {
        new.replace(&place).map_err(fail)?;
        return Ok(None);
    }
    if let Err(error) = write_log_into_database(&place).await {
        // Its log is kept beside it, as it is.
        tracing::debug!(%error, "the database that is replaced cannot be read");
    }
    let kept = free_name(&place, now);
    keep(&place, &kept).map_err(fail)?;
    new.replace(&place).map_err(fail)?;
    Ok(Some(kept))
}

/// A name for the old database with the time in it.
fn free_name(place: &Path, now: Moment) -> PathBuf {
    let time = Timestamp::from(now).as_str().replace(':', "");
    let first = with_suffix(place, &format!(".before-restore-{time}"));
    let further = (2_u32..).map(|number| with_suffix(&first, &format!("-{number}")));
    iter::once(first.clone()).chain(further).find(|name| name.symlink_metadata().is_err()).unwrap_or(first)
}

/// Gives the database a second name, so that its place is never empty, and takes what is left of its log away from there:
/// SQLite would apply it to the new database.
fn keep(place: &Path, kept: &Path) -> io::Result<()> {
    link(place, kept)?;
    for suffix in LOGS {
        let log = with_suffix(place, suffix);
        if log.exists() {
            link(&log, &with_suffix(kept, suffix))?;
        }
    }
    sync_directory(kept)?;
    for suffix in LOGS {
        match fs::remove_file(with_suffix(place, suffix)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(())
}

/// A second name for a file, or a copy where the file system has no links.
fn link(from: &Path, to: &Path) -> io::Result<()> {
    if fs::hard_link(from, to).is_ok() {
        return Ok(());
    }
    let mut copy = private_files::create_new(to)?;
    io::copy(&mut fs::File::open(from)?, &mut copy)?;
    copy.sync_all()?;
    private_files::give_to_owner_of(to, from)
}

async fn write_log_into_database(place: &Path) -> Result<(), sqlx::Error> {
    let mut connection = AnyConnection::connect_with(&database_file::options(place, "rw")?).await?;
    sqlx::raw_sql("pragma wal_checkpoint(truncate)").execute(&mut connection).await?;
    connection.close().await
}
