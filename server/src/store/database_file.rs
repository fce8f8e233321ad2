//! Detects that the open SQLite file has been deleted or replaced.

use std::{
    fs, io,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    sync::Arc,
};

use sqlx::{ConnectOptions, any::AnyConnectOptions};
use url::Url;

/// The database, its write-ahead log and the log's index. SQLite itself replaces none of them while a connection is
/// open.
const SUFFIXES: [&str; 3] = ["", "-wal", "-shm"];

/// Device and inode.
type Identity = (u64, u64);

#[derive(Debug)]
pub(super) struct DatabaseFile(Vec<(PathBuf, Identity)>);

impl DatabaseFile {
    /// The files at `path`; call it while a connection to them is open.
    pub fn at(path: &Path) -> io::Result<Self> {
        let file = |suffix: &str| {
            let mut name = path.as_os_str().to_owned();
            name.push(suffix);
            let path = PathBuf::from(name);
            let identity = identity(&path)?;
            Ok((path, identity))
        };
        SUFFIXES.into_iter().map(file).collect::<io::Result<_>>().map(Self)
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

fn identity(path: &Path) -> io::Result<Identity> {
    fs::metadata(path).map(|metadata| (metadata.dev(), metadata.ino()))
}

/// The connect options for the SQLite file at `path`, which may contain any character.
pub(super) fn options(path: &Path, mode: &str) -> Result<AnyConnectOptions, sqlx::Error> {
    let path = std::path::absolute(path)?;
    let invalid = || sqlx::Error::Configuration(format!("{} is not a valid file path", path.display()).into());
    let file = Url::from_file_path(&path).map_err(|()| invalid())?;
    let url = format!("sqlite://{}?mode={mode}", file.path());
    AnyConnectOptions::from_url(&Url::parse(&url).map_err(|_| invalid())?)
}
