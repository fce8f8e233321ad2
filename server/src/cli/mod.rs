//! The command line.

mod arguments;
mod backup;
mod deletion;
mod doctor;
mod events;
mod factor_reset;
mod failure;
mod health;
mod invitation;
mod keys;
mod mail;
mod passwords;
mod policies;
mod recovery;
mod roles;
mod secret;
mod session_cache;
mod sessions;
mod terminal;
mod user_arguments;
mod users;

use std::{
    env, io, iter,
    num::NonZero,
    path::{Path, PathBuf},
    process::ExitCode,
    thread,
};

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};
use clap_complete::Shell;
use tokio::runtime::Runtime;

use self::{
    events::EventsCommand, failure::Failure, keys::KeysCommand, mail::MailCommand, passwords::PasswordsCommand,
    policies::PolicyCommand, secret::SecretCommand, sessions::SessionCommand, users::UserCommand,
};
use crate::{
    clock::Clock,
    config::{self, Config, RawSettings},
    http, log,
    output::{self, print_line},
    preflight,
    reload::Reload,
    serve, state,
    store::{IfAbsent, Store},
    text_file,
};

/// Login, sessions and tokens for web applications.
#[derive(Parser)]
#[command(name = "doorward", version)]
pub struct Cli {
    /// Settings file (default: `doorward.toml` in the current directory, else beside the program, else
    /// `/etc/doorward/doorward.toml`)
    #[arg(long, global = true)]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Serve the API and the pages (default)
    Serve {
        /// Refuse to start if the database lacks migrations, instead of running them
        #[arg(long)]
        no_migrate: bool,
    },
    /// Create the database, or run the migrations that it lacks, also while servers run
    Migrate,
    /// Manage users, also while the server runs
    #[command(subcommand)]
    User(UserCommand),
    /// Manage sessions, also while the server runs
    #[command(subcommand)]
    Session(SessionCommand),
    /// Manage signing keys, also while the server runs
    #[command(subcommand)]
    Keys(KeysCommand),
    /// Test the sending of mails, and show those that wait
    #[command(subcommand)]
    Mail(MailCommand),
    /// Show or export the audit log
    #[command(subcommand)]
    Events(EventsCommand),
    /// Show policies, and preview changes to them
    #[command(subcommand)]
    Policy(PolicyCommand),
    /// Write the database to a new file, also while the server runs (SQLite)
    Backup { file: PathBuf },
    /// Replace the database by a backup and end all sessions, while no server runs (SQLite)
    Restore(backup::Restore),
    /// Show which master secret is configured
    #[command(subcommand)]
    Secret(SecretCommand),
    /// Lists of breached passwords
    #[command(subcommand)]
    Passwords(PasswordsCommand),
    /// Check whether the server on this machine is ready, for containers
    Health,
    /// Check this installation: settings, files, database, keys, server and public address
    Doctor,
    /// Check the settings
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Print the API as an OpenAPI 3.1 document
    Openapi,
    /// Print the script that completes commands and flags in a shell: `source <(doorward completions bash)`
    Completions { shell: Shell },
}

#[derive(Subcommand)]
enum ConfigCommand {
    /// Check whether the server would start now: settings, address, files, database and secret. Changes nothing
    Check,
}

/// Runs the command. Exit status: 0 success, 1 failure, 2 usage.
pub fn run() -> ExitCode {
    let flags = Cli::command().args(config::flags()).get_matches();
    let cli = Cli::from_arg_matches(&flags).unwrap_or_else(|error| error.exit());
    let settings = RawSettings::from_flags(&flags).map_err(Failure::Usage);
    let (line, status) = match settings.and_then(|settings| cli.run(settings)) {
        Ok(()) => return ExitCode::SUCCESS,
        Err(Failure::Failed(line)) => (line, 1),
        Err(Failure::Usage(line)) => (line, 2),
    };
    output::error_line(line);
    ExitCode::from(status)
}

impl Cli {
    fn run(self, flags: RawSettings) -> Result<(), Failure> {
        let file = self.config;
        let read_config = move || read_config(file.as_deref(), flags.clone());
        match self.command {
            Some(Command::Openapi) => {
                let text = http::openapi().to_pretty_json().map_err(|error| error.to_string())?;
                print_line!("{text}");
                Ok(())
            }
            Some(Command::Completions { shell }) => {
                let mut script = Vec::new();
                let mut command = Cli::command().args(config::flags());
                clap_complete::generate(shell, &mut command, "doorward", &mut script);
                print_line!("{}", String::from_utf8_lossy(&script).trim_end());
                Ok(())
            }
            Some(Command::Config(ConfigCommand::Check)) => {
                let config = read_config()?;
                runtime()?.block_on(check(&config))
            }
            Some(Command::User(command)) => with_store(&read_config()?, async |config, store, clock| {
                users::run(command, config, store, clock).await
            }),
            Some(Command::Session(command)) => with_store(&read_config()?, async |config, store, clock| {
                sessions::run(command, config, store, clock).await
            }),
            Some(Command::Keys(command)) => {
                with_store(&read_config()?, async |config, store, clock| keys::run(command, config, store, clock).await)
            }
            Some(Command::Mail(MailCommand::Test { address })) => {
                let config = read_config()?;
                runtime()?.block_on(mail::test(&address, &config))
            }
            Some(Command::Mail(command)) => {
                with_store(&read_config()?, async |_, store, clock| mail::run(&command, store, clock).await)
            }
            Some(Command::Events(command)) => {
                with_store(&read_config()?, async |_, store, clock| events::run(command, store, clock).await)
            }
            Some(Command::Policy(PolicyCommand::Show)) => {
                policies::show(&read_config()?.policies());
                Ok(())
            }
            Some(Command::Policy(PolicyCommand::Preview)) => {
                with_store(&read_config()?, async |config, store, clock| policies::preview(config, store, clock).await)
            }
            Some(Command::Backup { file }) => {
                let config = read_config()?;
                runtime()?.block_on(backup::back_up(&file, &config))
            }
            Some(Command::Restore(restore)) => {
                let config = read_config()?;
                runtime()?.block_on(backup::restore(restore, &config))
            }
            Some(Command::Passwords(command)) => passwords::run(command, &read_config()?),
            Some(Command::Health) => runtime()?.block_on(health::health(&read_config()?)),
            Some(Command::Doctor) => runtime()?.block_on(doctor::doctor(&read_config()?)),
            Some(Command::Secret(command)) => secret::run(&command, &read_config()?),
            Some(Command::Migrate) => runtime()?.block_on(migrate(&read_config()?)),
            command @ (Some(Command::Serve { .. }) | None) => {
                let config = read_config()?;
                let (_log, log_filter) = log::start(&config)?;
                let reload = Reload { read_config: Box::new(read_config), log_filter };
                let migrates = !matches!(command, Some(Command::Serve { no_migrate: true }));
                Ok(runtime()?.block_on(serve::serve(config, reload, migrates))?)
            }
        }
    }
}

fn read_config(file: Option<&Path>, flags: RawSettings) -> Result<Config, String> {
    let file = match file {
        Some(path) => {
            let text = text_file::read(path)?.ok_or_else(|| format!("{}: does not exist", path.display()))?;
            Some((path.to_owned(), text))
        }
        None => read_default_file()?,
    };
    let file = file.as_ref().map(|(path, text)| (path.as_path(), text.as_str()));
    RawSettings::read(file, env::vars_os(), flags)?.try_into()
}

/// The first settings file that exists, and its path.
fn read_default_file() -> Result<Option<(PathBuf, String)>, String> {
    let in_current_directory = PathBuf::from("doorward.toml");
    let beside_program = env::current_exe().ok().map(|program| program.with_file_name("doorward.toml"));
    let of_system = PathBuf::from("/etc/doorward/doorward.toml");
    for path in iter::once(in_current_directory).chain(beside_program).chain([of_system]) {
        if let Some(text) = text_file::read(&path)? {
            return Ok(Some((path, text)));
        }
    }
    Ok(None)
}

async fn check(config: &Config) -> Result<(), Failure> {
    for warning in config
        .warnings()
        .into_iter()
        .chain(preflight::changed_issuer(config).await)
        .chain(preflight::lost_passkeys(config).await)
        .chain(preflight::failing_session_cache(config).await)
        .chain(preflight::failing_mail(config).await)
        .chain(preflight::missing_second_factors(config).await)
    {
        print_line!("warning: {warning}");
    }
    let mut problems = preflight::problems(config, &Clock::system()).await;
    let Some(last) = problems.pop() else {
        print_line!("The server would start.");
        return Ok(());
    };
    problems.into_iter().for_each(output::error_line);
    Err(Failure::Failed(last))
}

async fn migrate(config: &Config) -> Result<(), Failure> {
    state::create_data_dir(config)?;
    let applied = Store::migrate(&config.database()).await?;
    for version in &applied {
        print_line!("Migration {version}: done.");
    }
    if applied.is_empty() {
        print_line!("The database lacks no migration.");
    }
    Ok(())
}

/// As many threads as processors. `TOKIO_WORKER_THREADS`, which tokio itself reads, makes it panic if it is no number.
fn runtime() -> io::Result<Runtime> {
    let threads = thread::available_parallelism().map_or(1, NonZero::get);
    tokio::runtime::Builder::new_multi_thread().worker_threads(threads).enable_all().build()
}

/// Runs a command on the server's database, also while the server runs.
fn with_store(
    config: &Config,
    command: impl AsyncFnOnce(&Config, &Store, &Clock) -> Result<(), Failure>,
) -> Result<(), Failure> {
    runtime()?.block_on(async {
        let store = Store::open(&config.database(), config.connections(), IfAbsent::Fail).await?;
        let done = command(config, &store, &Clock::system()).await;
        // This fails while a server has the same SQLite file open: the write-ahead log is then the server's to close.
        drop(store.close().await);
        done
    })
}
