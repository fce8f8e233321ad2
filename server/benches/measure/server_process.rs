//! A server in its own process, and the kernel's figures about it.

use std::{
    fs, io,
    net::{SocketAddr, TcpListener},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use crate::{
    Result,
    client::{Connection, request},
};

/// A temporary folder, deleted on drop.
pub(crate) struct TempFolder(PathBuf);

impl TempFolder {
    pub(crate) fn create(name: &str) -> io::Result<Self> {
        let path = std::env::temp_dir().join(format!("doorward-{name}-{}", std::process::id()));
        fs::create_dir_all(&path)?;
        Ok(Self(path))
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for TempFolder {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.0));
    }
}

/// A server process, killed on drop.
pub(crate) struct Server {
    child: Child,
    pub(crate) address: SocketAddr,
    /// From the start of the process to its first response.
    pub(crate) started_in: Duration,
}

impl Server {
    /// Starts the program `doorward`.
    pub(crate) fn start(data: &TempFolder) -> Result<Self> {
        Self::start_with(data, &[])
    }

    pub(crate) fn start_with(data: &TempFolder, settings: &[(&str, &str)]) -> Result<Self> {
        Self::run(&mut Command::new(env!("CARGO_BIN_EXE_doorward")), data, settings)
    }

    /// Starts a program with these settings and without a rate limit, and waits for its first response.
    pub(crate) fn run(program: &mut Command, data: &TempFolder, settings: &[(&str, &str)]) -> Result<Self> {
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        program.current_dir(data.path()).stdout(Stdio::null()).env_clear().envs([
            ("DOORWARD_LISTEN", address.to_string().as_str()),
            ("DOORWARD_PUBLIC_URL", &format!("http://{address}")),
            ("DOORWARD_LOG", "warn"),
            ("DOORWARD_LOGIN_ATTEMPTS", "off"),
            // A registration logs in at once.
            ("DOORWARD_MAIL", "off"),
        ]);
        program.envs(settings.iter().copied());
        let start = Instant::now();
        let mut server = Self { child: program.spawn()?, address, started_in: Duration::ZERO };
        let ready = request("GET", "/readyz", "", "");
        while Connection::open(address)
            .map_err(Into::into)
            .and_then(|mut connection| connection.send(&ready).map(drop))
            .is_err()
        {
            if let Some(status) = server.child.try_wait()? {
                return Err(format!("the server does not start: {status}").into());
            }
            thread::sleep(Duration::from_micros(200));
        }
        server.started_in = start.elapsed();
        Ok(server)
    }

    /// The CPU time of all its threads, in milliseconds.
    pub(crate) fn cpu_time(&self) -> Result<f64> {
        cpu_time(&self.child.id().to_string())
    }

    /// Resident memory, in megabytes.
    pub(crate) fn memory(&self) -> Result<f64> {
        self.status("VmRSS:")
    }

    /// Peak resident memory since the last call of `reset_peak_memory`, in megabytes.
    pub(crate) fn peak_memory(&self) -> Result<f64> {
        self.status("VmHWM:")
    }

    pub(crate) fn reset_peak_memory(&self) -> io::Result<()> {
        fs::write(format!("/proc/{}/clear_refs", self.child.id()), "5")
    }

    fn status(&self, field: &str) -> Result<f64> {
        status(&self.child.id().to_string(), field)
    }
}

/// Resident memory of this process, in megabytes.
pub(crate) fn own_memory() -> Result<f64> {
    status("self", "VmRSS:")
}

fn status(process: &str, field: &str) -> Result<f64> {
    let status = fs::read_to_string(format!("/proc/{process}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix(field)).ok_or("no such field")?;
    Ok(line.trim().trim_end_matches(" kB").parse::<f64>()? * 1024.0 / 1e6)
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// The CPU time of a process, in milliseconds: fields 14 and 15 of `/proc/…/stat`, in hundredths of a second.
pub(crate) fn cpu_time(process: &str) -> Result<f64> {
    let line = fs::read_to_string(format!("/proc/{process}/stat"))?;
    // Field 2, the name, may contain anything, but ends at the last parenthesis.
    let (_, fields) = line.rsplit_once(") ").ok_or("an unknown format of /proc")?;
    let times = fields.split(' ').skip(11).take(2).map(str::parse::<f64>);
    Ok(10.0 * times.sum::<std::result::Result<f64, _>>()?)
}
