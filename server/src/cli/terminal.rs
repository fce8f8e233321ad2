//! Prompts and tables. Commands also run without a terminal: passwords come from standard input, confirmation from `--yes`.

use std::io::{self, BufRead, IsTerminal, Read};

use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};

use super::failure::Failure;
use crate::{
    output::{self, print_line},
    text_file,
};

/// Far more than any password, so that endless input ends.
const MAX_LINE_BYTES: u64 = 64 * 1024;

pub fn confirm(question: &str, yes: bool) -> Result<(), Failure> {
    if yes {
        return Ok(());
    }
    if !io::stdin().is_terminal() {
        return Err(Failure::Usage(format!("{question} Standard input is not a terminal: confirm with --yes")));
    }
    output::prompt(&format!("{question} [y/N] "));
    match read_line()?.trim() {
        "y" | "Y" | "yes" => Ok(()),
        _ => Err(Failure::Failed("canceled; nothing was changed".into())),
    }
}

/// Prompts twice for a new password; without a terminal, reads one line of standard input.
pub fn new_password() -> Result<String, Failure> {
    if !io::stdin().is_terminal() {
        return Ok(read_line()?);
    }
    let (first, second) = (prompt("Password: ")?, prompt("Repeat password: ")?);
    if first == second { Ok(first) } else { Err(Failure::Failed("the passwords do not match".into())) }
}

/// Reads a line without echo.
fn prompt(text: &str) -> io::Result<String> {
    output::prompt(text);
    let _echo_off = EchoOff::new()?;
    let line = read_line();
    output::prompt("\n");
    line
}

fn read_line() -> io::Result<String> {
    let mut line = String::new();
    io::stdin().lock().take(MAX_LINE_BYTES).read_line(&mut line)?;
    Ok(text_file::value(&line).to_owned())
}

/// Turns off the terminal's echo until dropped.
struct EchoOff(Termios);

impl EchoOff {
    fn new() -> io::Result<Self> {
        let before = tcgetattr(io::stdin())?;
        let mut without_echo = before.clone();
        without_echo.local_modes.remove(LocalModes::ECHO);
        tcsetattr(io::stdin(), OptionalActions::Now, &without_echo)?;
        Ok(Self(before))
    }
}

impl Drop for EchoOff {
    fn drop(&mut self) {
        // This fails only if the terminal is gone.
        let _ = tcsetattr(io::stdin(), OptionalActions::Now, &self.0);
    }
}

/// Prints rows under a heading, in aligned columns.
pub fn print_table<const N: usize>(heading: [&str; N], rows: Vec<[String; N]>) {
    let rows: Vec<_> = std::iter::once(heading.map(str::to_owned)).chain(rows).collect();
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths: [usize; N] = std::array::from_fn(width);
    for row in &rows {
        let cells = row.iter().zip(widths).map(|(cell, width)| format!("{cell:<width$}"));
        print_line!("{}", cells.collect::<Vec<_>>().join("  ").trim_end());
    }
}

pub fn session_count(sessions: usize) -> String {
    match sessions {
        0 => "no sessions".into(),
        1 => "1 session".into(),
        _ => format!("{sessions} sessions"),
    }
}
