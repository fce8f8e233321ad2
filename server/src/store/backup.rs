//! Backups of an SQLite database, also while a server uses it.

use std::path::Path;

use sqlx::{AnyConnection, Connection, any::install_default_drivers};

use super::{
    database_file,
    explain::explain,
    migrations::{self, SchemaError},
    temporary_file::TemporaryFile,
};

/// A writer never keeps the file locked for long.
const BUSY_TIMEOUT: &str = "pragma busy_timeout = 10000";

/// What is in a backup.
#[derive(Debug)]
pub struct BackupContents {
    pub users: i64,
    /// Sessions that have not ended.
    pub sessions: i64,
    /// The fingerprint of the master secret that belongs to it.
    pub secret_fingerprint: String,
}

/// Writes the database at `database` to the new file `backup`, and checks what was written. If it fails or is interrupted,
/// there is no file. An error is one line.
pub async fn back_up(database: &Path, backup: &Path) -> Result<BackupContents, String> {
    install_default_drivers();
    let place = database.display();
    if !database_file::exists(database)? {
        return Err(format!("database_url: {place}: does not exist; `doorward serve` creates it"));
    }
    if backup.symlink_metadata().is_ok() {
        return Err(format!("{}: exists already; give the backup a name that is free", backup.display()));
    }
    let fail = |reason: &dyn std::fmt::Display| format!("{}: {reason}", backup.display());
    let temporary = TemporaryFile::beside(backup).map_err(|error| fail(&error))?;
    let database = database_file::resolve(database).map_err(|reason| format!("database_url: {place}: {reason}"))?;
    let mut source = open_in_use(&database).await.map_err(|reason| format!("database_url: {place}: {reason}"))?;
    copy(&mut source, temporary.path()).await.map_err(|reason| fail(&reason))?;
    drop(source.close().await);
    let contents = inspect(temporary.path()).await.map_err(|reason| fail(&reason))?;
    temporary.move_to_free(backup).map_err(|error| fail(&error))?;
    Ok(contents)
}

/// Checks a file that is to be restored. An error is one line with its path.
pub async fn inspect_backup(backup: &Path) -> Result<BackupContents, String> {
    install_default_drivers();
    inspect(backup).await.map_err(|reason| format!("{}: {reason}", backup.display()))
}

/// Writes a backup to a new file beside the database that it is to replace.
pub async fn copy_backup(backup: &Path, database: &Path) -> Result<TemporaryFile, String> {
    let fail = |reason: &dyn std::fmt::Display| format!("{}: {reason}", database.display());
    let temporary = TemporaryFile::beside(database).map_err(|error| fail(&error))?;
    let mut source = open_at_rest(backup).await.map_err(|reason| format!("{}: {reason}", backup.display()))?;
    copy(&mut source, temporary.path()).await.map_err(|reason| fail(&reason))?;
    drop(source.close().await);
    Ok(temporary)
}

/// Opens a database that a server may be using. `rw`, because only a writer takes part in the locks of the write-ahead log.
async fn open_in_use(database: &Path) -> Result<AnyConnection, String> {
    database_file::check_files(database)?;
    let opened = async {
        let mut connection = AnyConnection::connect_with(&database_file::options(database, "rw")?).await?;
        sqlx::raw_sql(BUSY_TIMEOUT).execute(&mut connection).await?;
        let is_empty = migrations::is_empty(&mut connection).await?;
        Ok::<_, sqlx::Error>((connection, is_empty))
    };
    let (mut connection, is_empty) = opened.await.map_err(|error| explain(&error))?;
    if is_empty {
        return Err("has not been used yet; `doorward serve` or `doorward migrate` prepares it".into());
    }
    migrations::check(&mut connection).await.map_err(SchemaError::reason)?;
    Ok(connection)
}

/// Opens a file that no process writes to, and that may be on a medium that cannot be written to.
async fn open_at_rest(file: &Path) -> Result<AnyConnection, String> {
    let opened = async { AnyConnection::connect_with(&database_file::read_only(file)?).await };
    opened.await.map_err(|error| damage(&error))
}

/// A whole copy, without the space of deleted rows, as of one moment: writers go on meanwhile.
async fn copy(source: &mut AnyConnection, to: &Path) -> Result<(), String> {
    let to = std::path::absolute(to).map_err(|error| error.to_string())?;
    let to = to.to_str().ok_or("is not UTF-8; use another name")?.to_owned();
    sqlx::query("vacuum into $1").bind(to).execute(source).await.map(drop).map_err(|error| explain(&error))
}

async fn inspect(file: &Path) -> Result<BackupContents, String> {
    database_file::check_whole(file)?;
    let mut connection = open_at_rest(file).await?;
    if migrations::is_empty(&mut connection).await.map_err(|error| damage(&error))? {
        return Err("is not a database of Doorward".into());
    }
    migrations::check(&mut connection).await.map_err(SchemaError::reason)?;
    let contents = read(&mut connection).await.map_err(|error| damage(&error))?;
    drop(connection.close().await);
    contents
}

async fn read(connection: &mut AnyConnection) -> Result<Result<BackupContents, String>, sqlx::Error> {
    let problem: String = sqlx::query_scalar("pragma integrity_check(1)").fetch_one(&mut *connection).await?;
    if problem != "ok" {
        return Ok(Err(format!("is damaged ({}); take another backup", problem.replace('\n', " "))));
    }
    let (users, sessions) =
        sqlx::query_as("select (select count(*) from users), (select count(*) from sessions where ended_at is null)")
            .fetch_one(&mut *connection)
            .await?;
    let fingerprint: Option<String> =
        sqlx::query_scalar("select fingerprint from secrets order by number desc limit 1")
            .fetch_optional(&mut *connection)
            .await?;
    let Some(secret_fingerprint) = fingerprint else { return Ok(Err("has never been used by a server".into())) };
    Ok(Ok(BackupContents { users, sessions, secret_fingerprint }))
}

fn damage(error: &sqlx::Error) -> String {
    // SQLITE_CORRUPT
    let is_corrupt = error.as_database_error().is_some_and(|error| error.code().as_deref() == Some("11"));
    if is_corrupt { "is damaged; take another backup".into() } else { explain(error) }
}
