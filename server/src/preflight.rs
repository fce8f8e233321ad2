//! Whether the server would start now, without changing anything: what `serve` needs of its surroundings.

use std::{
    net::TcpListener,
    path::{Path, PathBuf},
    sync::Arc,
};

use rustix::{
    fs::{Access, access, statvfs},
    io::Errno,
};

use crate::{
    clock::Clock,
    config::Config,
    keys::{
        bootstrap::{self, SecretStatus},
        key_ring::{Keys, KeysError},
    },
    login::passkey_host,
    mail::{smtp::SmtpTimeouts, transport::Transport},
    model::database_url::DatabaseUrl,
    private_files,
    state::mail_transport,
    store::Store,
    tokens::issuer,
    valkey::Valkey,
};

/// Free space below which a start would fail, in bytes: a new database with its log.
const MIN_FREE_SPACE: u64 = 1024 * 1024;

/// Everything that would stop the start, each in one line for the operator.
pub async fn problems(config: &Config, clock: &Clock) -> Vec<String> {
    let mut problems: Vec<String> =
        [listen(config), metrics_listen(config)].into_iter().filter_map(Result::err).collect();
    // Report file problems once: opening the database would repeat them.
    let files = files(config);
    if !files.is_empty() {
        problems.extend(files);
        return problems;
    }
    match Store::inspect(&config.database()).await {
        Ok(store) => problems.extend(secret(config, store.as_ref(), clock).await.err()),
        Err(problem) => problems.push(problem),
    }
    problems
}

/// What is wrong with the directories of files.
pub fn files(config: &Config) -> Vec<String> {
    [data_dir(config), sqlite_file(config)].into_iter().filter_map(Result::err).collect()
}

fn listen(config: &Config) -> Result<(), String> {
    TcpListener::bind(config.listen).map(drop).map_err(|error| format!("listen: {}: {error}", config.listen))
}

fn metrics_listen(config: &Config) -> Result<(), String> {
    let Some(address) = config.metrics_listen else { return Ok(()) };
    TcpListener::bind(address).map(drop).map_err(|error| format!("metrics_listen: {address}: {error}"))
}

fn data_dir(config: &Config) -> Result<(), String> {
    if !config.uses_data_dir() {
        return Ok(());
    }
    is_writable_directory(&config.data_dir).map_err(|error| format!("data_dir: {}: {error}", config.data_dir.display()))
}

fn sqlite_file(config: &Config) -> Result<(), String> {
    let DatabaseUrl::Sqlite(path) = config.database() else { return Ok(()) };
    let place = path.display().to_string();
    let fail = |reason| format!("database_url: {place}: {reason}");
    // SQLite puts its log beside the file that a link leads to. Opening the database reports a dangling link.
    let path = path.canonicalize().unwrap_or(path);
    match path.parent() {
        // Checked in `data_dir`.
        Some(folder) if folder == config.data_dir => Ok(()),
        Some(folder) => is_writable_directory(folder).map_err(fail),
        None => Ok(()),
    }
}

/// Whether the directory exists and takes files, or can be created.
fn is_writable_directory(path: &Path) -> Result<(), String> {
    let path = std::path::absolute(path).map_err(|error| error.to_string())?;
    if path.is_symlink() && !path.exists() {
        return Err("is a link to something that does not exist".into());
    }
    let existing: PathBuf = path.ancestors().find(|path| path.exists()).unwrap_or(Path::new("/")).to_owned();
    if !existing.is_dir() {
        return Err(format!("{} is not a directory", existing.display()));
    }
    private_files::check_root(&existing.join("file"))?;
    access(&existing, Access::WRITE_OK | Access::EXEC_OK).map_err(text)?;
    let disk = statvfs(&existing).map_err(text)?;
    if disk.f_bavail * disk.f_frsize < MIN_FREE_SPACE {
        return Err("there is no space left on the disk".into());
    }
    Ok(())
}

fn text(error: Errno) -> String {
    std::io::Error::from(error).to_string()
}

/// The master secret, and whether it opens the keys in the database.
pub async fn secret(config: &Config, store: Option<&Store>, clock: &Clock) -> Result<(), String> {
    let secret = bootstrap::load_secret(config.secret.as_ref(), &config.secret_file())?;
    let Some(store) = store else { return Ok(()) };
    let Some(secret) = secret else { return bootstrap::check_absent_secret(&config.secret_file(), store).await };
    let unreadable = |error: sqlx::Error| format!("database_url: {error}");
    let status = bootstrap::secret_status(store, &secret).await.map_err(unreadable)?;
    let keys = Keys::open(store.keys().await.map_err(unreadable)?, &secret, clock.now());
    match (status, keys) {
        // Also another secret whose replacement was interrupted, which the start completes.
        (_, Ok(_)) | (SecretStatus::First | SecretStatus::Current, Err(KeysError::NoKeys)) => Ok(()),
        (status, Err(error)) => Err(bootstrap::explain(error, status).into()),
    }
}

/// A warning for each role that requires a second factor and that users without one have.
pub async fn missing_second_factors(config: &Config) -> Vec<String> {
    let roles = config.second_factor_roles();
    // `problems` reports database errors.
    let Ok(Some(store)) = Store::inspect(&config.database()).await else { return vec![] };
    let mut warnings = Vec::new();
    for role in roles.iter() {
        let users = match store.users_without_second_step(role).await {
            Ok(0) | Err(_) => continue,
            Ok(1) => "1 user with this role has".to_owned(),
            Ok(count) => format!("{count} users with this role have"),
        };
        warnings.push(format!("second_factor_for_role.{role}: {users} no second step, and no role until it is set up"));
    }
    warnings
}

/// The warning if Valkey does not work, which does not stop the start.
pub async fn failing_session_cache(config: &Config) -> Option<String> {
    session_cache(config).await.err().map(|problem| format!("session_cache: {problem}"))
}

pub async fn session_cache(config: &Config) -> Result<(), String> {
    let Some(url) = config.session_cache.as_ref() else { return Ok(()) };
    let valkey = Valkey::new(Some(url), &Clock::system(), &Arc::default());
    let checked = match valkey {
        Ok(valkey) => valkey.check().await,
        Err(error) => Err(error),
    };
    checked.map_err(|error| format!("{error}; sessions would be read from the database"))
}

/// The warning if the mail server cannot be used, which does not stop the start.
pub async fn failing_mail(config: &Config) -> Option<String> {
    mail(config).await.err().map(|problem| format!("mail: {problem}; mails would wait"))
}

/// Connects to the mail server, and logs in there.
pub async fn mail(config: &Config) -> Result<(), String> {
    let public_url = config.public_url_or_default();
    match mail_transport(config, &public_url, SmtpTimeouts::DEFAULT) {
        Some(Transport::Smtp(client)) => {
            let connection =
                client.connect().await.map_err(|error| format!("{}: {}", client.url(), error.with_answer()))?;
            connection.close().await;
            Ok(())
        }
        Some(Transport::Folder(folder)) => is_writable_directory(folder.path())
            .map_err(|error| format!("data_dir: {}: {error}", folder.path().display())),
        None => Ok(()),
    }
}

/// The warning if the public URL is another one than before.
pub async fn changed_issuer(config: &Config) -> Option<String> {
    let public_url = config.public_url.as_ref()?;
    // `problems` reports database errors.
    let store = Store::inspect(&config.database()).await.ok()??;
    let previous = issuer::previous(&store, public_url).await.ok()??;
    Some(issuer::warning(&previous, public_url))
}

/// The warning if passkeys of users do not work at the public URL.
pub async fn lost_passkeys(config: &Config) -> Option<String> {
    // `problems` reports database errors.
    let store = Store::inspect(&config.database()).await.ok()??;
    let relying_party = config.relying_party(&config.public_url_or_default());
    passkey_host::lost(&store, relying_party.as_ref(), config.passkeys).await.ok()?
}
