//! The server, and the kernel's figures about it.

use std::{
    fs,
    io::{BufRead, BufReader},
    net::SocketAddr,
    process::{Child, Command, Stdio},
};

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tempfile::TempDir;

use crate::Result;

/// A running server, killed on drop.
pub struct Server {
    child: Child,
    pub address: SocketAddr,
    _data: TempDir,
}

impl Server {
    /// Starts it with these limits on open files, soft and hard.
    pub fn start((soft, hard): (u32, u32)) -> Result<Self> {
        let data = TempDir::new()?;
        let program = std::env::var("DOORWARD_BIN").unwrap_or(env!("CARGO_BIN_EXE_doorward").into());
        let mut command = Command::new("/bin/sh");
        command
            .args(["-c", &format!("ulimit -Sn {soft} && ulimit -Hn {hard} && exec \"$0\" serve"), &program])
            .current_dir(data.path())
            .env_clear()
            .envs([("DOORWARD_LISTEN", "127.0.0.1:0"), ("DOORWARD_LOG", "off")]);
        let mut child = command.stdout(Stdio::piped()).spawn()?;
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().ok_or("no output")?).read_line(&mut line)?;
        let address = line.split("listening on ").nth(1).and_then(|rest| rest.split(',').next());
        let address = address.ok_or_else(|| format!("no address in {line:?}"))?.parse()?;
        Ok(Self { child, address, _data: data })
    }

    pub fn peak_memory_mb(&self) -> Result<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).ok_or("no such field")?;
        Ok(line.trim().trim_end_matches(" kB").parse::<u64>()? / 1024)
    }

    pub fn open_files(&self) -> Result<usize> {
        Ok(fs::read_dir(format!("/proc/{}/fd", self.child.id()))?.count())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// The attackers need more open files than a process usually may have.
pub fn raise_own_limit() -> Result<()> {
    let limit = getrlimit(Resource::Nofile);
    Ok(setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, ..limit })?)
}
