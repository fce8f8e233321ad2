//! `doorward passwords`: lists of breached passwords for the setting `breached_passwords`.

use std::{
    fs::File,
    io::{self, BufRead, BufReader, Write},
    path::{Path, PathBuf},
};

use clap::Subcommand;

use super::failure::Failure;
use crate::{
    config::Config,
    login::breached_passwords::BreachedPasswords,
    model::{password::Password, password_list::PasswordList},
    output::print_line,
    private_files, text_file,
};

#[derive(Subcommand)]
pub enum PasswordsCommand {
    /// Make a list from a text with a password, or a SHA-1 hash of one, in each line; `-` reads standard input
    Build {
        text: PathBuf,
        /// The new file, for the setting `breached_passwords`
        list: PathBuf,
    },
    /// Read a password from standard input, and check whether `breached_passwords` has it
    Check,
}

/// Far more than any password.
const MAX_LINE_BYTES: u64 = 64 * 1024;

pub fn run(command: PasswordsCommand, config: &Config) -> Result<(), Failure> {
    match command {
        PasswordsCommand::Build { text, list } => build(&text, &list, config.password_min_length),
        PasswordsCommand::Check => check(&config.breached_passwords),
    }
}

fn build(text: &Path, list: &Path, min_length: usize) -> Result<(), Failure> {
    let in_text = |error: &dyn std::fmt::Display| Failure::Failed(format!("{}: {error}", text.display()));
    let built = if text == Path::new("-") {
        PasswordList::build(io::stdin().lock(), min_length)
    } else {
        PasswordList::build(BufReader::new(File::open(text).map_err(|error| in_text(&error))?), min_length)
    };
    let built = built.map_err(|error| in_text(&error))?;
    let written = private_files::create_new(list).and_then(|mut file| file.write_all(&built.to_bytes()));
    written.map_err(|error| Failure::Failed(format!("{}: {error}", list.display())))?;
    print_line!("{}: {} passwords", list.display(), built.len());
    Ok(())
}

fn check(breached: &BreachedPasswords) -> Result<(), Failure> {
    let BreachedPasswords::List(list) = breached else {
        return Err(Failure::Failed("breached_passwords: is no list".into()));
    };
    let mut line = String::new();
    io::Read::take(io::stdin().lock(), MAX_LINE_BYTES).read_line(&mut line).map_err(|error| error.to_string())?;
    let password = Password::parse(text_file::value(&line)).ok_or_else(|| "the password is too long".to_owned())?;
    if list.contains(password.reveal()) {
        return Err(Failure::Failed("this password is on the list".into()));
    }
    print_line!("This password is not on the list.");
    Ok(())
}
