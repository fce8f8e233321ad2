//! Standard output and standard error: the only place that writes to them.
//!
//! A failed write is not a failure of the program. The reader has gone (`| head`) or the disk is full, and what was
//! requested is done nevertheless; `println!` would panic instead.

use std::{
    io::{self, BufWriter, Write},
    sync::mpsc,
    thread,
    time::Duration,
};

/// How long the server waits for a pipe without a reader.
const WAIT: Duration = Duration::from_secs(1);

/// Prints a line of a command's output, like `println!`.
macro_rules! print_line {
    ($($arg:tt)*) => { $crate::output::line(format_args!($($arg)*)) };
}
pub(crate) use print_line;

pub fn line(text: std::fmt::Arguments) {
    drop(writeln!(io::stdout(), "{text}"));
}

/// Prints many lines at once. Unlike [`line()`], for output that must not look complete when it is not.
pub fn lines(lines: impl Iterator<Item = String>) -> io::Result<()> {
    let mut output = BufWriter::new(io::stdout().lock());
    for line in lines {
        writeln!(output, "{line}")?;
    }
    output.flush()
}

/// Prints a piece of an output that must not look complete when it is not.
pub fn text(text: &str) -> io::Result<()> {
    let mut output = io::stdout().lock();
    output.write_all(text.as_bytes())?;
    output.flush()
}

/// Prints a question or a warning for the person at the terminal, where it is seen although the output is redirected.
pub fn prompt(text: &str) {
    drop(write!(io::stderr(), "{text}").and_then(|()| io::stderr().flush()));
}

/// Prints a line of the server's output. Does not wait long for a pipe without a reader.
pub fn line_of_server(text: String) {
    write_within_limit(move || drop(writeln!(io::stdout(), "{text}")));
}

/// Prints the line with the cause of the exit.
pub fn error_line(text: String) {
    write_within_limit(move || drop(writeln!(io::stderr(), "doorward: {text}")));
}

/// Writes in a thread of its own, because writing to a full pipe blocks until it is read.
fn write_within_limit(write: impl FnOnce() + Send + 'static) {
    let (written, is_written) = mpsc::channel::<()>();
    let writer = thread::Builder::new().spawn(move || {
        write();
        drop(written);
    });
    if writer.is_ok() {
        // The sender is only ever dropped, so this is an error in any case: written, or not within the limit.
        let _ = is_written.recv_timeout(WAIT);
    }
}
