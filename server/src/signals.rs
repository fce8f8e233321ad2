//! Signals: which of them stop the server in order, and which it survives.

use tokio::signal::unix::{Signal, SignalKind, signal};

/// Signals whose default is to kill the process, but that are not meant to stop it: the terminal has gone, a log rotation or a
/// monitor sends the customary one, or a limit on file sizes is reached (then the write fails with an error).
fn survived() -> [SignalKind; 5] {
    [
        SignalKind::hangup(),
        SignalKind::user_defined1(),
        SignalKind::user_defined2(),
        SignalKind::alarm(),
        SignalKind::from_raw(rustix::process::Signal::XFSZ.as_raw()),
    ]
}

/// Installs handlers that do nothing, for the rest of the process's life.
pub fn survive() {
    for kind in survived() {
        if let Err(error) = signal(kind) {
            tracing::warn!(%error, "signal {} is not handled; it would kill the process", kind.as_raw_value());
        }
    }
}

/// Signals that stop the server.
pub struct StopSignals {
    terminate: Signal,
    interrupt: Signal,
    quit: Signal,
}

impl StopSignals {
    pub fn new() -> Result<Self, String> {
        let listen = |kind| signal(kind).map_err(|error| format!("signals cannot be handled: {error}"));
        Ok(Self {
            terminate: listen(SignalKind::terminate())?,
            interrupt: listen(SignalKind::interrupt())?,
            quit: listen(SignalKind::quit())?,
        })
    }

    /// The name of the next signal to stop.
    pub async fn next(&mut self) -> &'static str {
        tokio::select! {
            _ = self.terminate.recv() => "SIGTERM",
            _ = self.interrupt.recv() => "SIGINT",
            _ = self.quit.recv() => "SIGQUIT",
        }
    }
}
