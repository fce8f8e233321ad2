//! The command line.

mod keys;
mod policies;
mod sessions;
mod terminal;
mod users;

use std::{
    io::{self, IsTerminal},
    path::PathBuf,
    process::ExitCode,
};

use clap::{Parser, Subcommand};
use tracing_subscriber::{EnvFilter, util::SubscriberInitExt};

use self::{keys::KeysCommand, policies::PolicyCommand, sessions::SessionCommand, users::UserCommand};
use crate::{
    clock::Clock,
    config::{Config, LogFormat, Settings},
    http, serve, state,
    store::Store,
};

/// Login, sessions and tokens for web applications.
#[derive(Parser)]
#[command(name = "doorward", version)]
pub struct Cli {
    /// The file of settings (default: doorward.toml here, or beside the program)
    #[arg(long, global = true)]
    config: Option<PathBuf>,
    #[command(flatten)]
    settings: Settings,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Serve the API and the pages (this is the default)
    Serve,
    /// Look after accounts, also while the server runs
    #[command(subcommand)]
    User(UserCommand),
    /// Look after sessions, also while the server runs
    #[command(subcommand)]
    Session(SessionCommand),
    /// Look after the keys that sign access tokens, also while the server runs
    #[command(subcommand)]
    Keys(KeysCommand),
    /// Look at how sessions behave, and at what a change would do
    #[command(subcommand)]
    Policy(PolicyCommand),
    /// Look at the settings
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Print the API in `OpenAPI` 3.1
    Openapi,
}

#[derive(Subcommand)]
enum ConfigCommand {
    /// Say whether the server would start with these settings
    Check,
}

/// Runs the command. Exit status 0 is done, 1 failed, 2 wrong usage.
pub fn run() -> ExitCode {
    let cli = Cli::parse();
    let (line, status) = match cli.run() {
        Ok(()) => return ExitCode::SUCCESS,
        Err(Failure::Failed(line)) => (line, 1),
        Err(Failure::Usage(line)) => (line, 2),
    };
    eprintln!("doorward: {line}");
    ExitCode::from(status)
}

/// Why a command did not do what it should, in one line.
pub enum Failure {
    /// It went wrong.
    Failed(String),
    /// It was not said right.
    Usage(String),
}

impl From<String> for Failure {
    fn from(line: String) -> Self {
        Self::Failed(line)
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Failed(error.to_string())
    }
}

impl From<sqlx::Error> for Failure {
    fn from(error: sqlx::Error) -> Self {
        Self::Failed(format!("database_url: {error}"))
    }
}

impl Cli {
    fn run(mut self) -> Result<(), Failure> {
        let command = self.command.take();
        match command {
            Some(Command::Openapi) => {
                let text = http::openapi().to_pretty_json().map_err(|error| error.to_string())?;
                println!("{text}");
                Ok(())
            }
            Some(Command::Config(ConfigCommand::Check)) => {
                self.read_config()?;
                println!("The settings are fine.");
                Ok(())
            }
            Some(Command::User(command)) => with_store(&self.read_config()?, async |config, store, clock| {
                users::run(command, config, store, clock).await
            }),
            Some(Command::Session(command)) => {
                with_store(&self.read_config()?, async |_, store, clock| sessions::run(command, store, clock).await)
            }
            Some(Command::Keys(command)) => with_store(&self.read_config()?, async |config, store, clock| {
                keys::run(command, config, store, clock).await
            }),
            Some(Command::Policy(PolicyCommand::Show)) => {
                policies::show(&self.read_config()?.policies);
                Ok(())
            }
            Some(Command::Policy(PolicyCommand::Preview)) => {
                let then = self.read_config()?;
                with_store(&then, async |then, store, clock| policies::preview(&then.policies, store, clock).await)
            }
            Some(Command::Serve) | None => {
                let config = self.read_config()?;
                start_log(&config)?;
                Ok(tokio::runtime::Runtime::new()?.block_on(serve::serve(config))?)
            }
        }
    }

    fn read_config(&self) -> Result<Config, String> {
        let file = self.read_file()?;
        Settings::read(file.as_deref(), std::env::vars(), &self.settings)?.try_into()
    }

    fn read_file(&self) -> Result<Option<String>, String> {
        let beside = std::env::current_exe().ok().map(|program| program.with_file_name("doorward.toml"));
        let here = PathBuf::from("doorward.toml");
        let candidates = match &self.config {
            Some(named) => vec![named.clone()],
            None => std::iter::once(here).chain(beside).collect(),
        };
        for path in candidates {
            match std::fs::read_to_string(&path) {
                Ok(text) => return Ok(Some(text)),
                Err(error) if error.kind() == io::ErrorKind::NotFound && self.config.is_none() => {}
                Err(error) => return Err(format!("{}: {error}", path.display())),
            }
        }
        Ok(None)
    }
}

/// Runs a command on the database of a server, which may be running.
fn with_store(
    config: &Config,
    command: impl AsyncFnOnce(&Config, &Store, &Clock) -> Result<(), Failure>,
) -> Result<(), Failure> {
    tokio::runtime::Runtime::new()?.block_on(async {
        state::create_data_dir(config)?;
        let store = Store::open(&config.database_url).await?;
        let done = command(config, &store, &Clock::system()).await;
        // While a server runs on the same file, its log stays: it is the server's to close.
        drop(store.close().await);
        done
    })
}

fn start_log(config: &Config) -> Result<(), String> {
    let filter = EnvFilter::try_new(&config.log).map_err(|error| format!("log: {error}"))?;
    // Colours are for people who watch: a file or a journal would keep them as codes.
    let is_watched = io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr).with_ansi(is_watched);
    let started = match config.log_format {
        LogFormat::Text => log.finish().try_init(),
        LogFormat::Json => log.json().finish().try_init(),
    };
    started.map_err(|error| format!("log: {error}"))
}
