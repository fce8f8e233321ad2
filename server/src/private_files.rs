//! Files and directories for this user alone, regardless of the umask: mode 0600 and 0700.

use std::{
    fs::{self, DirBuilder, File, Metadata, OpenOptions, Permissions},
    io,
    os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt, chown},
    path::Path,
};

use rustix::process::geteuid;

const FILE_MODE: u32 = 0o600;
const DIRECTORY_MODE: u32 = 0o700;

/// The permissions of users other than the owner.
const OF_OTHERS: u32 = 0o077;

/// The permission to write, for all users of the machine.
const OTHERS_WRITE: u32 = 0o002;

/// Refuses a file of another user, who decides what is in it. It may belong to this user, to root, and to `owner`.
pub fn check_owner(metadata: &Metadata, owner: Option<u32>) -> Result<(), String> {
    let uid = metadata.uid();
    if uid == geteuid().as_raw() || uid == 0 || Some(uid) == owner || !metadata.is_file() {
        return Ok(());
    }
    Err(format!("belongs to another user (uid {uid}), who can change it; run `chown` on it, or use another file"))
}

/// The owner of the directory of a file, unless others can put files there. Commands of root work on the files of a service.
pub fn directory_owner(path: &Path) -> Option<u32> {
    let metadata = fs::metadata(directory_of(path)).ok()?;
    (metadata.mode() & OTHERS_WRITE == 0).then(|| metadata.uid())
}

/// Whether every user of this machine can put files into the directory, and its mode.
pub fn is_open(directory: &Path) -> Option<u32> {
    let metadata = fs::metadata(directory).ok().filter(fs::Metadata::is_dir)?;
    let mode = metadata.mode() & 0o7777;
    (mode & OTHERS_WRITE != 0).then_some(mode)
}

pub fn directory_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Creates a directory and those above it, unless they exist. An error is one line with the path.
pub fn create_directory(path: &Path) -> Result<(), String> {
    let created = DirBuilder::new().recursive(true).mode(DIRECTORY_MODE).create(path);
    created.map_err(|error| {
        let reason = match fs::metadata(path) {
            Ok(metadata) if !metadata.is_dir() => "is not a directory".into(),
            Err(missing) if path.is_symlink() => open_error(path, &missing),
            _ => error.to_string(),
        };
        format!("{}: {reason}", path.display())
    })
}

/// Creates a file; fails if it exists.
pub fn create_new(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).mode(FILE_MODE).open(path)
}

/// Opens a file for reading and writing and, if `create`, creates it.
pub fn open(path: &Path, create: bool) -> io::Result<File> {
    OpenOptions::new().read(true).write(true).create(create).truncate(false).mode(FILE_MODE).open(path)
}

/// Gives a file that root has made to the owner of another one: a service must be able to use it.
pub fn give_to_owner_of(path: &Path, other: &Path) -> io::Result<()> {
    if !geteuid().is_root() {
        return Ok(());
    }
    let owner = fs::metadata(other)?;
    chown(path, Some(owner.uid()), Some(owner.gid()))
}

/// Takes the permissions of other users away from a file, if it exists.
pub fn restrict_to_owner(path: &Path) {
    let mode = match fs::metadata(path) {
        Ok(metadata) if metadata.is_file() => metadata.mode() & 0o777,
        _ => return,
    };
    if mode & OF_OTHERS == 0 {
        return;
    }
    match fs::set_permissions(path, Permissions::from_mode(mode & !OF_OTHERS)) {
        Ok(()) => tracing::info!("{}: mode {mode:04o} changed to {:04o}", path.display(), mode & !OF_OTHERS),
        // The file of another user, or a file system without permissions.
        Err(error) => {
            tracing::warn!(%error, "{}: other users of this machine can read it (mode {mode:04o})", path.display());
        }
    }
}

/// Why a file cannot be opened; the system's own message does not mention the link.
pub fn open_error(path: &Path, error: &io::Error) -> String {
    match path.read_link() {
        Ok(target) if error.kind() == io::ErrorKind::NotFound => {
            format!("is a link to {}, which does not exist", target.display())
        }
        _ => error.to_string(),
    }
}
