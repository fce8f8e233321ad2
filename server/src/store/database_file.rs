//! The files of an SQLite database: whether they can be used, and whether they are still those that were opened.

use std::{
    fs,
    io::{self, Read},
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    sync::Arc,
};

use rustix::fs::{Access, access};
use sqlx::{ConnectOptions, any::AnyConnectOptions};
use url::Url;

use crate::private_files::{self, open_error};

/// The database, its write-ahead log and the log's index. SQLite itself replaces none of them while a connection is
/// open.
const SUFFIXES: [&str; 3] = ["", "-wal", "-shm"];

/// Locked by the server as long as it runs: see [`super::ServerLock`]. In a file of its own: closing a second handle of the
/// database would release SQLite's own locks.
const LOCK_SUFFIX: &str = ".lock";

/// The first bytes of every SQLite database. A new one is empty.
const HEADER: &[u8] = b"SQLite format 3\0";

/// The length of the header.
const FIRST_BYTES: u64 = 100;

/// Device and inode.
type Identity = (u64, u64);

#[derive(Debug)]
pub(super) struct DatabaseFile(Vec<(PathBuf, Identity)>);

impl DatabaseFile {
    /// The files of the database, to which `link` may be a link; call it while a connection to them is open.
    pub fn at(link: &Path, path: &Path) -> io::Result<Self> {
        let lock = lock_of(path);
        // A database that no server has used has none.
        let lock = lock.exists().then_some(lock);
        let paths = SUFFIXES.map(|suffix| with_suffix(path, suffix)).into_iter().chain(lock);
        let paths = paths.chain((link != path).then(|| link.to_owned()));
        let file = |path: PathBuf| identity(&path).map(|identity| (path, identity));
        paths.map(file).collect::<io::Result<_>>().map(Self)
    }

    /// Fails when one of the files has been deleted, moved or replaced: further writes would be lost.
    pub async fn check(file: Option<&Arc<Self>>) -> Result<(), sqlx::Error> {
        let Some(file) = file.cloned() else { return Ok(()) };
        let checked = tokio::task::spawn_blocking(move || file.check_now()).await;
        checked.map_err(|error| sqlx::Error::Io(io::Error::other(error)))?.map_err(sqlx::Error::Io)
    }

    fn check_now(&self) -> io::Result<()> {
        for (path, opened) in &self.0 {
            let problem = match identity(path) {
                Ok(current) if current == *opened => continue,
                Ok(_) => "has been replaced".into(),
                Err(error) => format!("is gone ({error})"),
            };
            let path = path.display();
            return Err(io::Error::other(format!(
                "{path} {problem} while this process has it open; restore the file, or restart the server"
            )));
        }
        Ok(())
    }
}

/// Creates the file if required, checks it, and restricts its permissions to this user. SQLite gives its log and index the
/// permissions of the file.
pub(super) fn prepare(path: &Path, create: bool) -> Result<(), String> {
    if create && let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        private_files::create_directory(folder)?;
    }
    if !create && !exists(path)? {
        return Err("does not exist; `doorward serve` or `doorward migrate` creates it".into());
    }
    check_files(path)?;
    let file = private_files::open(path, create).map_err(|error| open_error(path, &error))?;
    let mut header = Vec::new();
    file.take(HEADER.len() as u64).read_to_end(&mut header).map_err(|error| error.to_string())?;
    if !HEADER.starts_with(&header) {
        return Err("is not an SQLite database".into());
    }
    for suffix in SUFFIXES {
        private_files::restrict_to_owner(&with_suffix(path, suffix));
    }
    Ok(())
}

/// Whether a file is an SQLite database of the size that its first page says.
pub(super) fn check_whole(path: &Path) -> Result<(), String> {
    let file = fs::File::open(path).map_err(|error| open_error(path, &error))?;
    let metadata = file.metadata().map_err(|error| error.to_string())?;
    if metadata.is_dir() {
        return Err("is a directory".into());
    }
    let mut first = Vec::new();
    file.take(FIRST_BYTES).read_to_end(&mut first).map_err(|error| error.to_string())?;
    if !first.starts_with(HEADER) {
        let is_start = !first.is_empty() && HEADER.starts_with(&first);
        return Err(if is_start { "is cut off" } else { "is not an SQLite database" }.into());
    }
    let Some(expected) = size_in_header(&first) else { return Err("is cut off".into()) };
    let has_log = fs::metadata(with_suffix(path, "-wal")).is_ok_and(|log| log.len() > 0);
    if metadata.len() < expected && !has_log {
        return Err(format!("is cut off: it has {} of {expected} bytes", metadata.len()));
    }
    Ok(())
}

/// The size of a database in bytes: pages of two numbers in its header, where 1 stands for 65,536 bytes a page.
fn size_in_header(first: &[u8]) -> Option<u64> {
    let page = u16::from_be_bytes(first.get(16..18)?.try_into().ok()?);
    let pages = u32::from_be_bytes(first.get(28..32)?.try_into().ok()?);
    Some(u64::from(pages) * if page == 1 { 65_536 } else { page.into() })
}

/// Resolves a symbolic link: SQLite puts the log next to the target.
pub(super) fn resolve(path: &Path) -> Result<PathBuf, String> {
    if !path.is_symlink() {
        return Ok(path.to_owned());
    }
    path.canonicalize().map_err(|error| open_error(path, &error))
}

pub(super) fn lock_of(path: &Path) -> PathBuf {
    with_suffix(path, LOCK_SUFFIX)
}

/// Checks that the existing files can be used. An error about the log or index names that file.
pub(super) fn check_files(path: &Path) -> Result<(), String> {
    for suffix in SUFFIXES {
        let file = with_suffix(path, suffix);
        check_access(&file, path).map_err(|reason| {
            if suffix.is_empty() { reason } else { format!("its file {}: {reason}", file.display()) }
        })?;
    }
    Ok(())
}

/// Checks that the file, if it exists, is owned by this user and can be read and written, and that root may create it.
pub(super) fn check_access(file: &Path, path: &Path) -> Result<(), String> {
    private_files::check_root(file)?;
    let Ok(metadata) = fs::metadata(file) else { return Ok(()) };
    private_files::check_owner(&metadata, private_files::directory_owner(path))?;
    access(file, Access::READ_OK | Access::WRITE_OK).map_err(|error| io::Error::from(error).to_string())
}

/// A link to nothing counts as existing: SQLite would create its target.
pub(super) fn exists(path: &Path) -> Result<bool, String> {
    match path.symlink_metadata() {
        Ok(_) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error.to_string()),
    }
}

/// Options that neither create nor change any file. `immutable` is safe without a log: no process is writing.
pub(super) fn read_only(path: &Path) -> Result<AnyConnectOptions, sqlx::Error> {
    let has_log = fs::metadata(with_suffix(path, "-wal")).is_ok_and(|log| log.len() > 0);
    options(path, if has_log { "ro" } else { "ro&immutable=true" })
}

pub(super) fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

fn identity(path: &Path) -> io::Result<Identity> {
    fs::metadata(path).map(|metadata| (metadata.dev(), metadata.ino()))
}

/// The connect options for the SQLite file at `path`, which may contain any character.
pub(super) fn options(path: &Path, mode: &str) -> Result<AnyConnectOptions, sqlx::Error> {
    let path = std::path::absolute(path)?;
    if path.to_str().is_none() {
        return Err(sqlx::Error::Configuration(
            format!("{} is not UTF-8; use another directory", path.display()).into(),
        ));
    }
    let invalid = || sqlx::Error::Configuration(format!("{} is not a valid file path", path.display()).into());
    let file = Url::from_file_path(&path).map_err(|()| invalid())?;
    let url = format!("sqlite://{}?mode={mode}", file.path());
    AnyConnectOptions::from_url(&Url::parse(&url).map_err(|_| invalid())?)
}
