//! `doorward backup` and `doorward restore`: the database in one file.

use std::path::{Path, PathBuf};

use doorward_api::EventKind;

use super::{failure::Failure, keys, terminal::session_count};
use crate::{
    clock::Clock,
    config::Config,
    keys::{
        bootstrap,
        master_secret::{MasterSecret, shorten},
        reset,
    },
    model::database_url::DatabaseUrl,
    output::print_line,
    signals::{self, StopSignals},
    state,
    store::{self, BackupContents, IfAbsent, ServerLock, Store},
};

#[derive(clap::Args)]
pub struct Restore {
    /// A file that `doorward backup` has written
    file: PathBuf,
    /// Do not end the sessions: what has ended since the backup is live again
    #[arg(long)]
    keep_sessions: bool,
    /// The master secret of the backup is lost: replace it by the configured one; without one, create it
    #[arg(long, conflicts_with = "keep_sessions")]
    new_secret: bool,
}

pub async fn back_up(file: &Path, config: &Config) -> Result<(), Failure> {
    let database = match config.database() {
        DatabaseUrl::Sqlite(path) => path,
        DatabaseUrl::Postgres(url) => {
            return Err(Failure::Usage(format!(
                "database_url: is Postgres, which has its own backup: PGPASSWORD=… pg_dump --format=custom --file={} {}",
                quoted(&file.display().to_string()),
                quoted(&url.for_postgres_programs())
            )));
        }
    };
    let contents = unless_stopped(async { Ok(store::back_up(&database, file).await?) }).await?;
    print_line!(
        "Backed up {} to {}: {} users, {} live.",
        database.display(),
        file.display(),
        contents.users,
        session_count(usize::try_from(contents.sessions).unwrap_or(0))
    );
    print_line!(
        "The master secret is not in it; keep it elsewhere. Its fingerprint: {}",
        shorten(&contents.secret_fingerprint)
    );
    Ok(())
}

pub async fn restore(restore: Restore, config: &Config) -> Result<(), Failure> {
    match config.database() {
        DatabaseUrl::Sqlite(path) => unless_stopped(replace(restore, &path, config)).await,
        DatabaseUrl::Postgres(url) => Err(Failure::Usage(format!(
            "database_url: is Postgres: stop all servers, run PGPASSWORD=… pg_restore --clean --if-exists --single-transaction \
             --exit-on-error --dbname={} {}, then `doorward keys reset`, so that nothing that has ended since the backup is live \
             again",
            quoted(&url.for_postgres_programs()),
            quoted(&restore.file.display().to_string())
        ))),
    }
}

/// A word of a shell's command line.
fn quoted(text: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/._-:@%+,".contains(&byte);
    if !text.is_empty() && text.bytes().all(is_plain) {
        text.into()
    } else {
        format!("'{}'", text.replace('\'', "'\\''"))
    }
}

/// Runs until it is done or a signal stops it; then what it has begun is undone.
async fn unless_stopped<T>(work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    // Among them the one of a limit on the size of files, so that a write fails instead.
    signals::survive();
    let mut stop_signals = StopSignals::new()?;
    tokio::select! {
        done = work => done,
        signal = stop_signals.next() => Err(Failure::Failed(format!("{signal}: stopped; nothing was changed"))),
    }
}

async fn replace(restore: Restore, database: &Path, config: &Config) -> Result<(), Failure> {
    let clock = Clock::system();
    let contents = store::inspect_backup(&restore.file).await?;
    state::create_data_dir(config)?;
    let _lock = ServerLock::acquire(&config.database())?;
    let configured = configured_secret(&restore, &contents, config)?;
    let copy = store::copy_backup(&restore.file, database).await?;

    let mut ended = 0;
    let secret = configured.clone().unwrap_or_else(MasterSecret::generate);
    // In the copy, so that a crash leaves no database in which the sessions are live, or whose mails are sent.
    let place = DatabaseUrl::Sqlite(copy.path().to_owned());
    let store = Store::open(&place, config.connections(), IfAbsent::Create).await?;
    // They have been sent since, or are about what the restore has undone.
    let dropped = store.drop_waiting_mails(clock.now()).await?;
    if !restore.keep_sessions {
        reset::reset_restored(&store, &secret, &clock, |page| ended += keys::live(&page, &clock)).await?;
        keys::record(EventKind::KeysReset, &store, &clock).await?;
    }
    store.close().await?;
    if configured.is_none() {
        let file = config.secret_file();
        secret.write(&file).map_err(|error| format!("secret: {}: {error}", file.display()))?;
    }
    let kept = store::replace_database(copy, database, clock.now()).await?;

    let sessions = if restore.keep_sessions { "sessions are as they were".into() } else { ended_text(ended) };
    print_line!("Restored {} to {}; {sessions}.", restore.file.display(), database.display());
    if dropped > 0 {
        print_line!("Mails that waited in the backup are not sent: {dropped}.");
    }
    if let Some(kept) = kept {
        print_line!("The database that was there is kept as {}", kept.display());
    }
    Ok(())
}

fn ended_text(ended: usize) -> String {
    format!("all access tokens are rejected, and {} ended", session_count(ended))
}

/// The master secret of the backup, or the one that replaces it; `None` if that has to be created.
fn configured_secret(
    restore: &Restore,
    contents: &BackupContents,
    config: &Config,
) -> Result<Option<MasterSecret>, Failure> {
    let (file, needed) = (restore.file.display(), shorten(&contents.secret_fingerprint));
    let if_lost = if restore.keep_sessions {
        "restore with --new-secret and without --keep-sessions"
    } else {
        "add --new-secret"
    };
    match bootstrap::load_secret(config.secret.as_ref(), &config.secret_file())? {
        Some(secret) if restore.new_secret || secret.fingerprint() == contents.secret_fingerprint => Ok(Some(secret)),
        Some(secret) => Err(Failure::Failed(format!(
            "secret: {file} was made with another one (fingerprint {needed}, not {}): configure that one; if it is lost, {if_lost}",
            shorten(&secret.fingerprint())
        ))),
        None if restore.new_secret => Ok(None),
        None => Err(Failure::Failed(format!(
            "secret: not found; {file} was made with the one with the fingerprint {needed}: put it into {} or configure it; if \
             it is lost, {if_lost}",
            config.secret_file().display()
        ))),
    }
}
