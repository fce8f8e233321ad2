//! Text files of the operator: settings, secrets, values of single settings. An error is one line with the path.

use std::{
    fs::File,
    io::Read,
    os::unix::fs::{MetadataExt, PermissionsExt},
    path::Path,
};

use rustix::fs::{AtFlags, CWD, StatVfsMountFlags, StatxAttributes, StatxFlags, statvfs, statx};

use crate::private_files;

/// Where container engines put secrets.
const SECRETS: &str = "/run/secrets";

/// No such file is longer; a device or a growing log is not read to its end.
const MAX_BYTES: u64 = 256 * 1024;

/// The permissions to write and to read, for all users of the machine.
const OTHERS_WRITE: u32 = 0o002;
const OTHERS_READ: u32 = 0o004;

/// Reads a file that decides what the server does. `None` if there is none.
pub fn read(path: &Path) -> Result<Option<String>, String> {
    read_of(path, None)
}

/// Reads a file that may belong to the owner of its directory: it is in a directory of the server.
pub fn read_in_own_directory(path: &Path) -> Result<Option<String>, String> {
    read_of(path, private_files::directory_owner(path))
}

/// The mode of a file that every user of this machine can read.
pub fn readable_by_others(path: &Path) -> Option<u32> {
    if is_given_to_container(path) {
        return None;
    }
    let mode = path.metadata().ok()?.mode() & 0o777;
    (mode & OTHERS_READ != 0).then_some(mode)
}

/// Reads a file that pages show, as it is.
pub fn read_bytes(path: &Path) -> Result<Option<Vec<u8>>, String> {
    bytes_of(path, None)
}

fn read_of(path: &Path, owner: Option<u32>) -> Result<Option<String>, String> {
    let decoded = bytes_of(path, owner)?.map(decode).transpose();
    decoded.map_err(|reason| format!("{}: {reason}", path.display()))
}

fn bytes_of(path: &Path, owner: Option<u32>) -> Result<Option<Vec<u8>>, String> {
    let fail = |reason: &dyn std::fmt::Display| format!("{}: {reason}", path.display());
    // Also true for a link to nothing, which is a mistake and not an absent file.
    if path.symlink_metadata().is_err_and(|error| error.kind() == std::io::ErrorKind::NotFound) {
        return Ok(None);
    }
    let file = File::open(path).map_err(|error| fail(&private_files::open_error(path, &error)))?;
    let metadata = file.metadata().map_err(|error| fail(&error))?;
    if metadata.is_dir() {
        return Err(fail(&"is a directory"));
    }
    if !is_given_to_container(path) {
        private_files::check_owner(&metadata, owner).map_err(|reason| fail(&reason))?;
    }
    if metadata.mode() & OTHERS_WRITE != 0 && metadata.is_file() {
        let mode = metadata.permissions().mode() & 0o777;
        return Err(fail(&format!(
            "every user of this machine can change it (mode {mode:04o}); run `chmod o-w` on it"
        )));
    }
    let mut bytes = Vec::new();
    file.take(MAX_BYTES + 1).read_to_end(&mut bytes).map_err(|error| fail(&error))?;
    if u64::try_from(bytes.len()).is_ok_and(|length| length > MAX_BYTES) {
        return Err(fail(&format!("is longer than {MAX_BYTES} bytes")));
    }
    Ok(Some(bytes))
}

/// Whether a container engine has put the file there for this container, with the owner and mode that it has on the host: it is
/// below `/run/secrets`, which belongs to root, or mounted by itself and read-only.
fn is_given_to_container(path: &Path) -> bool {
    let is_secret = path.canonicalize().is_ok_and(|path| path.starts_with(SECRETS));
    is_secret || is_mounted_read_only(path)
}

fn is_mounted_read_only(path: &Path) -> bool {
    let is_read_only = || statvfs(path).is_ok_and(|disk| disk.f_flag.contains(StatVfsMountFlags::RDONLY));
    // A directory that is mounted read-only is not enough: so is the whole system for a service under systemd.
    let status = statx(CWD, path, AtFlags::empty(), StatxFlags::TYPE);
    status.is_ok_and(|status| status.stx_attributes.contains(StatxAttributes::MOUNT_ROOT)) && is_read_only()
}

fn decode(bytes: Vec<u8>) -> Result<String, &'static str> {
    if bytes.starts_with(&[0xFF, 0xFE]) || bytes.starts_with(&[0xFE, 0xFF]) {
        return Err("is UTF-16; save it as UTF-8");
    }
    let text = String::from_utf8(bytes).map_err(|_| "is not UTF-8 text")?;
    Ok(without_bom(&text).to_owned())
}

/// The text without a byte order mark, which editors and shells of some systems put in front.
pub fn without_bom(text: &str) -> &str {
    text.strip_prefix('\u{FEFF}').unwrap_or(text)
}

/// The value in a file or a line of standard input, without the ends that editors and shells add.
pub fn value(text: &str) -> &str {
    without_bom(text).trim_end_matches(['\r', '\n'])
}

#[cfg(test)]
mod tests {
    use std::{fs, os::unix::fs::PermissionsExt, path::Path};

    use super::{read, value};

    #[test]
    fn what_editors_and_shells_add_is_not_part_of_a_value() {
        for text in ["a secret", "\u{FEFF}a secret", "a secret\n", "\u{FEFF}a secret\r\n"] {
            assert_eq!(value(text), "a secret");
        }
        assert_eq!(value(" a\u{FEFF}b "), " a\u{FEFF}b ");
    }

    #[test]
    fn a_file_that_cannot_be_trusted_or_read_is_refused_with_its_path() {
        let folder = tempfile::tempdir().expect("a directory");
        let at = |name: &str| folder.path().join(name);
        fs::write(at("good"), "\u{FEFF}text").expect("written");
        fs::write(at("utf-16"), [0xFF, 0xFE, b'a', 0]).expect("written");
        fs::write(at("latin-1"), [0xE9]).expect("written");
        fs::write(at("open"), "text").expect("written");
        fs::set_permissions(at("open"), fs::Permissions::from_mode(0o666)).expect("changed");
        std::os::unix::fs::symlink(at("nothing"), at("link")).expect("linked");

        assert_eq!(read(&at("good")), Ok(Some("text".into())));
        assert_eq!(read(&at("absent")), Ok(None));
        for (path, reason) in [
            (at("utf-16"), "UTF-16"),
            (at("latin-1"), "UTF-8"),
            (at("open"), "mode 0666"),
            (at("link"), "nothing, which does not exist"),
            (folder.path().to_owned(), "is a directory"),
            ("/dev/zero".into(), "is longer than"),
        ] {
            let error = read(Path::new(&path)).expect_err(reason);
            assert!(error.starts_with(&path.display().to_string()) && error.contains(reason), "{error}");
        }
    }
}
