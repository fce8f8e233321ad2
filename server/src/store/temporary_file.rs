//! A database that is being made under a temporary name, in the directory of its final place.

use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
};

use rustix::{
    fs::{CWD, RenameFlags, renameat_with},
    io::Errno,
};

use super::database_file::with_suffix;
use crate::{private_files, random};

/// What SQLite may put beside a database.
const COMPANIONS: [&str; 4] = ["", "-wal", "-shm", "-journal"];

/// Deleted when it is dropped, unless it has been moved to its place: what is interrupted or fails leaves nothing behind.
#[derive(Debug)]
pub struct TemporaryFile(PathBuf);

impl TemporaryFile {
    /// Creates an empty file for this user alone, beside `place`.
    pub fn beside(place: &Path) -> io::Result<Self> {
        private_files::check_root(place).map_err(io::Error::other)?;
        let path = with_suffix(place, &format!(".{}.partial", random::id()));
        private_files::create_new(&path)?;
        Ok(Self(path))
    }

    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Moves the file to a place where there is none.
    pub fn move_to_free(self, place: &Path) -> io::Result<()> {
        self.sync()?;
        match renameat_with(CWD, &self.0, CWD, place, RenameFlags::NOREPLACE) {
            // A file system that cannot check and rename in one step.
            Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) if place.symlink_metadata().is_err() => {
                fs::rename(&self.0, place)?;
            }
            renamed => renamed?,
        }
        sync_directory(place)
    }

    /// Moves the file to a place and replaces the file there, in one step.
    pub fn replace(self, place: &Path) -> io::Result<()> {
        self.sync()?;
        fs::rename(&self.0, place)?;
        sync_directory(place)
    }

    fn sync(&self) -> io::Result<()> {
        File::open(&self.0)?.sync_all()
    }
}

impl Drop for TemporaryFile {
    fn drop(&mut self) {
        for suffix in COMPANIONS {
            // Most of them do not exist, and after the move none does.
            drop(fs::remove_file(with_suffix(&self.0, suffix)));
        }
    }
}

/// Makes renames and new names in the directory of a file survive a power cut.
pub(super) fn sync_directory(path: &Path) -> io::Result<()> {
    File::open(private_files::directory_of(path))?.sync_all()
}
