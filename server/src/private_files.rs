//! Files and directories for this user alone, regardless of the umask: mode 0600 and 0700.

use std::{
    fs::{self, DirBuilder, File, Metadata, OpenOptions, Permissions},
    io,
    os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt},
    path::Path,
};

use rustix::{
    fs::{Mode, OFlags},
    io::Errno,
    process::geteuid,
};

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

/// The owner of the directory of a file, unless others can put files there. Commands of root read the files of a service.
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

/// Opens a file of this program's own for reading and writing, or creates it. There may be nothing else in its place: opened by
/// a link, it would be changed wherever that leads.
pub fn open_own(path: &Path) -> io::Result<File> {
    let flags = OFlags::RDWR | OFlags::CREATE | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let opened = rustix::fs::open(path, flags, Mode::from_raw_mode(FILE_MODE)).map(File::from);
    let file = match opened {
        Err(Errno::LOOP) => return Err(io::Error::other("is a link; remove it")),
        opened => opened?,
    };
    if file.metadata()?.is_file() { Ok(file) } else { Err(io::Error::other("is not a file; remove it")) }
}

/// Refuses root in the directory of another user: that user could make a link of any file there, by which root would change
/// another one, and could not use what root creates.
pub fn check_root(file: &Path) -> Result<(), String> {
    if !geteuid().is_root() {
        return Ok(());
    }
    let target = file.canonicalize().unwrap_or_else(|_| file.to_owned());
    let owner = |file: &Path| fs::metadata(directory_of(file)).map_or(0, |directory| directory.uid());
    match [owner(file), owner(&target)].into_iter().find(|owner| *owner != 0) {
        None => Ok(()),
        Some(owner) => Err(format!(
            "the directory belongs to uid {owner}, and root does not write there; run the command as that user: \
             `sudo -u '#{owner}' doorward …`"
        )),
    }
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
