//! The log of `doorward serve`, on standard error. A line that cannot be written is dropped and counted: no request and
//! no job waits for the log, or fails because of it.

use std::{
    backtrace::{Backtrace, BacktraceStatus},
    env,
    io::{self, IsTerminal, Write},
    panic::{self, PanicHookInfo},
    sync::{
        OnceLock,
        atomic::{AtomicU64, Ordering},
    },
    thread,
};

use tracing_appender::non_blocking::{ErrorCounter, NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::{EnvFilter, reload, util::SubscriberInitExt};

use crate::{
    config::{Config, LogFormat},
    log_fields::LogFields,
};

/// Maximum number of lines that wait to be written: about a second of a busy server, and a few megabytes.
const MAX_QUEUED_LINES: usize = 4096;

/// Redundant log lines of dependencies: Postgres at each start that the table of migrations exists, and sqlx in an outage
/// each request that has waited for a connection.
const NOISE: &str = ",sqlx::postgres::notice=warn,sqlx::pool::acquire=error";

/// The lines that the queue had no place for. The log belongs to the process, and so do its counters.
static OVERFLOW: OnceLock<ErrorCounter> = OnceLock::new();

static FAILED_WRITES: AtomicU64 = AtomicU64::new(0);

/// The number of lines that were dropped because the log is not read, its disk is full or its reader is gone.
pub fn dropped_lines() -> u64 {
    let overflow = OVERFLOW.get().map_or(0, |counter| u64::try_from(counter.dropped_lines()).unwrap_or(u64::MAX));
    FAILED_WRITES.load(Ordering::Relaxed).saturating_add(overflow)
}

/// Changes which lines are logged, while the server runs.
pub struct LogFilter(Box<dyn Fn(EnvFilter) -> Result<(), reload::Error> + Send + Sync>);

impl LogFilter {
    pub fn set(&self, setting: &str) -> Result<(), String> {
        (self.0)(filter(setting)?).map_err(|error| format!("log: {error}"))
    }
}

/// The filter of the setting `log`.
pub fn filter(directives: &str) -> Result<EnvFilter, String> {
    let quieter = if directives == "off" { "" } else { NOISE };
    EnvFilter::try_new(format!("{directives}{quieter}")).map_err(|error| format!("log: {error}"))
}

/// Starts the log. Dropping the guard writes the lines that are still queued, for a second at most.
pub fn start(config: &Config) -> Result<(WorkerGuard, LogFilter), String> {
    let filter = filter(&config.log)?;
    let queue = NonBlockingBuilder::default().lossy(true).buffered_lines_limit(MAX_QUEUED_LINES).thread_name("log");
    let (writer, guard) = queue.finish(CountedStderr);
    let overflow = writer.error_counter();
    // A file or a journal would store colors as escape sequences.
    let has_color = io::stderr().is_terminal() && env::var_os("NO_COLOR").is_none();
    // Internal errors would be printed with `eprintln!`, which panics where the log itself fails.
    let log = tracing_subscriber::fmt().with_env_filter(filter).log_internal_errors(false);
    let log = log.with_writer(writer).with_ansi(has_color).fmt_fields(LogFields);
    let (started, log_filter) = match config.log_format {
        LogFormat::Text => {
            let log = log.with_filter_reloading();
            let handle = log.reload_handle();
            (log.finish().try_init(), LogFilter(Box::new(move |filter| handle.reload(filter))))
        }
        LogFormat::Json => {
            let log = log.json().with_filter_reloading();
            let handle = log.reload_handle();
            (log.finish().try_init(), LogFilter(Box::new(move |filter| handle.reload(filter))))
        }
    };
    started.map_err(|error| format!("log: {error}"))?;
    // Set once: a second start has failed above.
    drop(OVERFLOW.set(overflow));
    panic::set_hook(Box::new(log_panic));
    Ok((guard, log_filter))
}

/// The standard hook writes to standard error itself, and so would wait for a pipe without a reader.
fn log_panic(panic: &PanicHookInfo) {
    let message = panic.payload_as_str().unwrap_or("(no message)");
    let location = panic.location().map(ToString::to_string).unwrap_or_default();
    let thread = thread::current();
    let thread = thread.name().unwrap_or("(unnamed)");
    let backtrace = Backtrace::capture();
    if backtrace.status() == BacktraceStatus::Captured {
        tracing::error!(thread, location, %backtrace, "panic: {message}");
    } else {
        tracing::error!(thread, location, "panic: {message}");
    }
}

/// Standard error, whose failures are counted instead of returned.
struct CountedStderr;

impl Write for CountedStderr {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        if io::stderr().write_all(line).is_err() {
            FAILED_WRITES.fetch_add(1, Ordering::Relaxed);
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
