//! Talks with whoever sits at the terminal, or with a script.

use std::io::{self, BufRead, IsTerminal, Write};

use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};

use super::Failure;

/// Goes on if the operator agrees. A script agrees with `--yes`.
pub fn confirm(question: &str, yes: bool) -> Result<(), Failure> {
    if yes {
        return Ok(());
    }
    if !io::stdin().is_terminal() {
        return Err(Failure::Usage(format!("{question} Nobody is here to ask: say it with --yes")));
    }
    print!("{question} [y/N] ");
    io::stdout().flush()?;
    match read_line()?.trim() {
        "y" | "Y" | "yes" => Ok(()),
        _ => Err(Failure::Failed("nothing was done".into())),
    }
}

/// Reads a new password: typed twice without showing it, or the first line that a script sends.
pub fn new_password() -> Result<String, Failure> {
    if !io::stdin().is_terminal() {
        return Ok(read_line()?);
    }
    let (first, second) = (typed("Password: ")?, typed("The same again: ")?);
    if first == second { Ok(first) } else { Err(Failure::Failed("the two passwords differ".into())) }
}

fn typed(prompt: &str) -> io::Result<String> {
    eprint!("{prompt}");
    let _silence = Silence::begin()?;
    let line = read_line();
    eprintln!();
    line
}

fn read_line() -> io::Result<String> {
    let mut line = String::new();
    io::stdin().lock().read_line(&mut line)?;
    let line = line.strip_suffix('\n').unwrap_or(&line);
    Ok(line.strip_suffix('\r').unwrap_or(line).to_owned())
}

/// The terminal shows nothing of what is typed, until the value is gone.
struct Silence(Termios);

impl Silence {
    fn begin() -> io::Result<Self> {
        let before = tcgetattr(io::stdin())?;
        let mut silent = before.clone();
        silent.local_modes.remove(LocalModes::ECHO);
        tcsetattr(io::stdin(), OptionalActions::Now, &silent)?;
        Ok(Self(before))
    }
}

impl Drop for Silence {
    fn drop(&mut self) {
        // A terminal that is gone shows nothing anyway.
        let _ = tcsetattr(io::stdin(), OptionalActions::Now, &self.0);
    }
}

/// Prints rows in columns as wide as they need, under a heading.
pub fn table<const N: usize>(heading: [&str; N], rows: Vec<[String; N]>) {
    let rows: Vec<_> = std::iter::once(heading.map(str::to_owned)).chain(rows).collect();
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths: [usize; N] = std::array::from_fn(width);
    for row in &rows {
        let cells = row.iter().zip(widths).map(|(cell, width)| format!("{cell:<width$}"));
        println!("{}", cells.collect::<Vec<_>>().join("  ").trim_end());
    }
}
