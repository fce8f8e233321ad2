//! A small disk that tests can fill.

use std::{
    fs::{self, File},
    io::Write,
    path::PathBuf,
    process::Command,
};

use tempfile::TempDir;

use super::ServerProcess;

/// How writes to a full disk fail.
pub enum Disk {
    /// A file system in memory (`ENOSPC`). Needs the right to mount.
    Tmpfs(PathBuf),
    /// A limit on the size of files (`EFBIG`). Needs no right.
    FileSizeLimit,
}

impl Disk {
    /// A small file system if this machine allows mounting one, else a limit on the size of files.
    pub fn of_size(folder: &TempDir, mebibytes: u32) -> Self {
        let options = format!("size={mebibytes}m");
        let mount = Command::new("mount").args(["-t", "tmpfs", "-o", &options, "tmpfs"]).arg(folder.path()).output();
        match mount {
            Ok(output) if output.status.success() => Self::Tmpfs(folder.path().to_owned()),
            _ => {
                println!("cannot mount a tmpfs; limiting the size of files instead");
                Self::FileSizeLimit
            }
        }
    }

    /// Uses up all space that is left.
    pub fn fill(&self, server: &ServerProcess) {
        match self {
            Self::Tmpfs(folder) => {
                let mut filler = File::create(folder.join("filler")).expect("a file");
                while filler.write_all(&[0; 4096]).is_ok() {}
            }
            Self::FileSizeLimit => limit_file_size(server, "4096"),
        }
    }

    /// Makes plenty of space available.
    pub fn make_room(&self, server: &ServerProcess) {
        match self {
            Self::Tmpfs(folder) => {
                let remount = Command::new("mount").args(["-o", "remount,size=64m"]).arg(folder).status();
                assert!(remount.expect("mount runs").success());
                // The file exists only after `fill`.
                drop(fs::remove_file(folder.join("filler")));
            }
            Self::FileSizeLimit => limit_file_size(server, "unlimited"),
        }
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        if let Self::Tmpfs(folder) = self {
            // Lazily, because the test's own connection to the database may still be open.
            drop(Command::new("umount").arg("--lazy").arg(folder).status());
        }
    }
}

fn limit_file_size(server: &ServerProcess, bytes: &str) {
    let id = server.process_id().to_string();
    let prlimit = Command::new("prlimit").args(["--pid", &id]).arg(format!("--fsize={bytes}:")).status();
    assert!(prlimit.expect("prlimit, of util-linux, runs").success());
}
