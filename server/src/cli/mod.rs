//! The command line.

mod failure;
mod keys;
mod policies;
mod sessions;
mod terminal;
mod users;

use std::{
    env, fs,
    io::{self, IsTerminal},
    iter,
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};
use tracing_subscriber::{EnvFilter, util::SubscriberInitExt};

use self::{
    failure::Failure, keys::KeysCommand, policies::PolicyCommand, sessions::SessionCommand, users::UserCommand,
};
use crate::{
    clock::Clock,
    config::{self, Config, LogFormat, RawSettings},
    http,
    log_fields::LogFields,
    serve, state,
    store::Store,
};

/// Login, sessions and tokens for web applications.
#[derive(Parser)]
#[command(name = "doorward", version)]
pub struct Cli {
    /// Settings file (default: `doorward.toml` in the current directory, else beside the program)
    #[arg(long, global = true)]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Serve the API and the pages (default)
    Serve,
    /// Manage users, also while the server runs
    #[command(subcommand)]
    User(UserCommand),
    /// Manage sessions, also while the server runs
    #[command(subcommand)]
    Session(SessionCommand),
    /// Manage signing keys, also while the server runs
    #[command(subcommand)]
    Keys(KeysCommand),
    /// Show policies, and preview changes to them
    #[command(subcommand)]
    Policy(PolicyCommand),
    /// Check the settings
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Print the API as an OpenAPI 3.1 document
    Openapi,
}

#[derive(Subcommand)]
enum ConfigCommand {
    /// Check whether the server would start with these settings
    Check,
}

/// Runs the command. Exit status: 0 success, 1 failure, 2 usage.
pub fn run() -> ExitCode {
    let flags = Cli::command().args(config::flags()).get_matches();
    let cli = Cli::from_arg_matches(&flags).unwrap_or_else(|error| error.exit());
    let (line, status) = match cli.run(RawSettings::from_flags(&flags)) {
        Ok(()) => return ExitCode::SUCCESS,
        Err(Failure::Failed(line)) => (line, 1),
        Err(Failure::Usage(line)) => (line, 2),
    };
    eprintln!("doorward: {line}");
    ExitCode::from(status)
}

impl Cli {
    fn run(self, flags: RawSettings) -> Result<(), Failure> {
        let read_config = || read_config(self.config.as_deref(), flags);
        match self.command {
            Some(Command::Openapi) => {
                let text = http::openapi().to_pretty_json().map_err(|error| error.to_string())?;
                println!("{text}");
                Ok(())
            }
            Some(Command::Config(ConfigCommand::Check)) => {
                read_config()?;
                println!("Settings are valid.");
                Ok(())
            }
            Some(Command::User(command)) => with_store(&read_config()?, async |config, store, clock| {
                users::run(command, config, store, clock).await
            }),
            Some(Command::Session(command)) => {
                with_store(&read_config()?, async |_, store, clock| sessions::run(command, store, clock).await)
            }
            Some(Command::Keys(command)) => {
                with_store(&read_config()?, async |config, store, clock| keys::run(command, config, store, clock).await)
            }
            Some(Command::Policy(PolicyCommand::Show)) => {
                policies::show(&read_config()?.policies());
                Ok(())
            }
            Some(Command::Policy(PolicyCommand::Preview)) => {
                with_store(&read_config()?, async |config, store, clock| {
                    policies::preview(&config.policies(), store, clock).await
                })
            }
            Some(Command::Serve) | None => {
                let config = read_config()?;
                start_log(&config)?;
                Ok(tokio::runtime::Runtime::new()?.block_on(serve::serve(config))?)
            }
        }
    }
}

fn read_config(file: Option<&Path>, flags: RawSettings) -> Result<Config, String> {
    let text = match file {
        Some(file) => Some(fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))?),
        None => read_default_file()?,
    };
    RawSettings::read(text.as_deref(), env::vars(), flags)?.try_into()
}

fn read_default_file() -> Result<Option<String>, String> {
    let in_current_directory = PathBuf::from("doorward.toml");
    let beside_program = env::current_exe().ok().map(|program| program.with_file_name("doorward.toml"));
    for path in iter::once(in_current_directory).chain(beside_program) {
        match fs::read_to_string(&path) {
            Ok(text) => return Ok(Some(text)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(format!("{}: {error}", path.display())),
        }
    }
    Ok(None)
}

/// Runs a command on the server's database, also while the server runs.
fn with_store(
    config: &Config,
    command: impl AsyncFnOnce(&Config, &Store, &Clock) -> Result<(), Failure>,
) -> Result<(), Failure> {
    tokio::runtime::Runtime::new()?.block_on(async {
        state::create_data_dir(config)?;
        let store = Store::open(&config.database_url()).await?;
        let done = command(config, &store, &Clock::system()).await;
        // This fails while a server has the same SQLite file open: the write-ahead log is then the server's to close.
        drop(store.close().await);
        done
    })
}

fn start_log(config: &Config) -> Result<(), String> {
    let filter = EnvFilter::try_new(&config.log).map_err(|error| format!("log: {error}"))?;
    // A file or a journal would store colors as escape sequences.
    let has_color = io::stderr().is_terminal() && env::var_os("NO_COLOR").is_none();
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr)
        .with_ansi(has_color)
        .fmt_fields(LogFields);
    let started = match config.log_format {
        LogFormat::Text => log.finish().try_init(),
        LogFormat::Json => log.json().finish().try_init(),
    };
    started.map_err(|error| format!("log: {error}"))
}
