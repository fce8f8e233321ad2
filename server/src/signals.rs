//! Signals: which of them stop the server in order, and which it survives.

use std::ops::RangeInclusive;

use rustix::process::Signal as Number;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// Signals whose default is to kill the process, but that are not meant to stop it: a reload or a terminal that has gone, a log
/// rotation or a monitor sends the customary one, a timer or a profiler is attached, or a limit on file sizes is reached (then the write
/// fails with an error). Real-time signals mean what programs agree on, and this one has agreed on none.
///
/// The others that kill are `SIGKILL`, which no program survives, and those of a fault in the program itself: `SIGILL`,
/// `SIGTRAP`, `SIGABRT`, `SIGBUS`, `SIGFPE`, `SIGSEGV` and `SIGSYS`.
fn survived() -> impl Iterator<Item = SignalKind> {
    let named = [
        Number::HUP,
        Number::USR1,
        Number::USR2,
        Number::ALARM,
        Number::VTALARM,
        Number::PROF,
        Number::IO,
        Number::STKFLT,
        Number::XFSZ,
    ];
    named.into_iter().map(Number::as_raw).chain(REAL_TIME).map(SignalKind::from_raw)
}

/// Of Linux. The two below are those of the C library.
const REAL_TIME: RangeInclusive<i32> = 34..=64;

/// Installs handlers that do nothing, for the rest of the process's life.
pub fn survive() {
    for kind in survived() {
        if let Err(error) = signal(kind) {
            tracing::warn!(%error, "signal {} is not handled; it would kill the process", kind.as_raw_value());
        }
    }
}

/// `SIGHUP`: the settings are to be read again.
pub struct ReloadSignal(Signal);

impl ReloadSignal {
    pub fn new() -> Result<Self, String> {
        listen(SignalKind::hangup()).map(Self)
    }

    pub async fn next(&mut self) {
        if self.0.recv().await.is_none() {
            std::future::pending::<()>().await;
        }
    }
}

fn listen(kind: SignalKind) -> Result<Signal, String> {
    signal(kind).map_err(|error| format!("signals cannot be handled: {error}"))
}

/// Signals that stop the server.
pub struct StopSignals {
    terminate: Signal,
    interrupt: Signal,
    quit: Signal,
    /// The limit on processor time is reached; a second later the process is killed.
    processor_time: Signal,
    /// `SIGPWR`: the host is about to lose power.
    power: Signal,
}

impl StopSignals {
    pub fn new() -> Result<Self, String> {
        Ok(Self {
            terminate: listen(SignalKind::terminate())?,
            interrupt: listen(SignalKind::interrupt())?,
            quit: listen(SignalKind::quit())?,
            processor_time: listen(SignalKind::from_raw(Number::XCPU.as_raw()))?,
            power: listen(SignalKind::from_raw(Number::POWER.as_raw()))?,
        })
    }

    /// The name of the next signal to stop.
    pub async fn next(&mut self) -> &'static str {
        tokio::select! {
            _ = self.terminate.recv() => "SIGTERM",
            _ = self.interrupt.recv() => "SIGINT",
            _ = self.quit.recv() => "SIGQUIT",
            _ = self.processor_time.recv() => "SIGXCPU",
            _ = self.power.recv() => "SIGPWR",
        }
    }
}
