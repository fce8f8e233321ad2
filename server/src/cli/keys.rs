//! `doorward keys`: lists, rotates and resets the signing keys.

use std::path::{Path, PathBuf};

use clap::Subcommand;
use doorward_api::{EventKind, Timestamp};

use super::{
    failure::Failure,
    terminal::{confirm, print_table, session_count},
};
use crate::{
    clock::{Clock, Moment},
    config::Config,
    keys::{
        bootstrap, generate::generate_key, key_ring::Keys, master_secret::MasterSecret, reset, schedule::KeySchedule,
    },
    model::{
        audit::{Actor, AuditEvent},
        session_end::EndedSession,
        signing_key::StoredKey,
        user::User,
    },
    output::print_line,
    state,
    store::Store,
};

/// Maximum number of users listed before a reset; of the others, only the number is printed.
const MAX_LISTED: usize = 20;

#[derive(Subcommand)]
pub enum KeysCommand {
    /// List the signing keys, including those retired within the last day
    List,
    /// Replace the signing key; sessions stay logged in
    Rotate {
        /// Do not ask for confirmation
        #[arg(long)]
        yes: bool,
    },
    /// Emergency: retire all keys, reject all access tokens at once and end all sessions
    Reset {
        /// Also replace the master secret by the configured one; without one, create it. Nodes with the previous secret
        /// stop
        #[arg(long)]
        new_secret: bool,
        /// File with the previous master secret, so that authenticator apps keep working: their seeds are encrypted with it
        #[arg(long, requires = "new_secret", value_name = "FILE")]
        previous_secret_file: Option<PathBuf>,
        /// Do not ask for confirmation
        #[arg(long)]
        yes: bool,
    },
}

pub async fn run(command: KeysCommand, config: &Config, store: &Store, clock: &Clock) -> Result<(), Failure> {
    match command {
        KeysCommand::List => list(store, clock).await,
        KeysCommand::Rotate { yes } => rotate(yes, config, store, clock).await,
        KeysCommand::Reset { yes, new_secret: false, .. } => {
            let secret = secret(config, store).await?;
            confirm_reset("", yes, store, clock).await?;
            let mut ended = 0;
            reset::reset(store, &secret, clock, |page| ended += live(&page, clock)).await?;
            record(EventKind::KeysReset, store, clock).await?;
            print_line!("A new key is signing; {} ended.", session_count(ended));
            Ok(())
        }
        KeysCommand::Reset { yes, new_secret: true, previous_secret_file } => {
            replace_secret(yes, previous_secret_file.as_deref(), config, store, clock).await
        }
    }
}

fn time(moment: Moment) -> String {
    Timestamp::from(moment).as_str().to_owned()
}

async fn list(store: &Store, clock: &Clock) -> Result<(), Failure> {
    let (keys, now) = (store.all_keys().await?, clock.now());
    let signs = |key: &&StoredKey| key.retired_at.is_none() && key.signs_from <= now;
    let signing = keys.iter().find(signs).map(|key| key.generation);
    let rows = keys.iter().map(|key| {
        let state = match key.retired_at {
            Some(since) => format!("retired since {}", time(since)),
            None if signing == Some(key.generation) => "signing".into(),
            None if signing < Some(key.generation) => "published".into(),
            None => "verifying".into(),
        };
        [key.generation.to_string(), key.kid.clone(), time(key.published_at), time(key.signs_from), state]
    });
    print_table(["GENERATION", "KID", "PUBLISHED", "SIGNS FROM", "STATE"], rows.collect());
    Ok(())
}

/// The server's master secret. It is never created here: a running server would not have it.
pub(super) async fn secret(config: &Config, store: &Store) -> Result<MasterSecret, Failure> {
    let secret = bootstrap::load_secret(config.secret.as_ref(), &config.secret_file())?;
    let secret = secret.ok_or(Failure::Failed("secret: not found; start the server first, which creates it".into()))?;
    match bootstrap::secret_status(store, &secret).await? {
        bootstrap::SecretStatus::Current => Ok(secret),
        bootstrap::SecretStatus::Superseded => Err(Failure::Failed(bootstrap::SECRET_SUPERSEDED.into())),
        bootstrap::SecretStatus::First => Err(Failure::Failed("there are no keys yet; start the server first".into())),
        bootstrap::SecretStatus::New => Err(Failure::Failed(
            "secret: does not match this database; configure the one in use, or replace it with `doorward keys reset \
             --new-secret`"
                .into(),
        )),
    }
}

async fn rotate(yes: bool, config: &Config, store: &Store, clock: &Clock) -> Result<(), Failure> {
    let secret = secret(config, store).await?;
    let (stored, now) = (store.keys().await?, clock.now());
    let keys =
        Keys::open(stored, &secret, now).map_err(|_| "the signing keys in the database cannot be read".to_owned())?;
    let signs_from = now.plus(KeySchedule(config.key_lifetime).publish_lead_time());
    print_line!("The signing key is {}; a new key replaces it at {}.", keys.signing(now).kid, time(signs_from));
    print_line!("Sessions stay logged in: the old key verifies until the last token signed with it expires.");
    confirm("Rotate the key?", yes)?;

    let next = generate_key(store.newest_generation().await? + 1, &secret, now, signs_from);
    if !store.add_key(&next).await? {
        return Err(Failure::Failed("another node has just rotated the key; nothing was changed".into()));
    }
    record(EventKind::KeysRotated, store, clock).await?;
    print_line!("Published {}.", next.kid);
    Ok(())
}

/// Records an act of the operator that concerns no single account.
pub(super) async fn record(kind: EventKind, store: &Store, clock: &Clock) -> Result<(), Failure> {
    let event = AuditEvent { kind, user_id: None, session_id: None, reason: None, actor: &Actor::Operator };
    Ok(store.record(&event, clock.now()).await?)
}

/// Replaces the master secret of a database by the configured one, or by a new one in the file.
async fn replace_secret(
    yes: bool,
    previous_file: Option<&Path>,
    config: &Config,
    store: &Store,
    clock: &Clock,
) -> Result<(), Failure> {
    if !bootstrap::is_used(store).await? {
        return Err(Failure::Failed("there are no keys yet; start the server first".into()));
    }
    let configured = bootstrap::load_secret(config.secret.as_ref(), &config.secret_file())?;
    if let Some(secret) = &configured
        && bootstrap::secret_status(store, secret).await? == bootstrap::SecretStatus::Current
    {
        return Err(Failure::Failed("secret: is the one in use; configure the new one first".into()));
    }
    let previous = previous_secret(previous_file, config, store).await?;
    print_lost_seeds(previous.as_ref(), store).await?;
    confirm_reset("Replace the master secret, stop servers that have the previous one, ", yes, store, clock).await?;

    let secret = if let Some(secret) = configured {
        secret
    } else {
        state::create_data_dir(config)?;
        MasterSecret::create(&config.secret_file()).map_err(|error| format!("secret: {error}"))?
    };
    let mut ended = 0;
    reset::replace_secret(store, (previous.as_ref(), &secret), clock, |page| ended += live(&page, clock)).await?;
    record(EventKind::KeysReset, store, clock).await?;
    print_line!("The master secret is replaced, and a new key is signing; {} ended.", session_count(ended));
    Ok(())
}

/// The previous master secret, if it is at hand: in the named file or, after a move to the settings, in that of the data directory.
async fn previous_secret(file: Option<&Path>, config: &Config, store: &Store) -> Result<Option<MasterSecret>, Failure> {
    let own_file = config.secret_file();
    let path = file.unwrap_or(&own_file);
    let secret = MasterSecret::load(path).map_err(|error| format!("secret: {error}"));
    let secret = if file.is_some() { secret? } else { secret.unwrap_or(None) };
    let is_current = match &secret {
        Some(secret) => bootstrap::secret_status(store, secret).await? == bootstrap::SecretStatus::Current,
        None => false,
    };
    if file.is_some() && !is_current {
        return Err(Failure::Failed(format!(
            "{}: is not the master secret that this database is used with",
            path.display()
        )));
    }
    Ok(secret.filter(|_| is_current))
}

/// Says how many users need another second factor after the replacement.
async fn print_lost_seeds(previous: Option<&MasterSecret>, store: &Store) -> Result<(), Failure> {
    if previous.is_some() {
        return Ok(());
    }
    let users = match store.totp_user_count().await? {
        0 => return Ok(()),
        1 => "1 user loses the authenticator app".to_owned(),
        count => format!("{count} users lose their authenticator app"),
    };
    print_line!(
        "{users}: seeds are encrypted with the previous master secret. Name its file with --previous-secret-file to keep them. \
         Otherwise, recovery codes and passkeys still work, and `doorward user reset-second-factor` helps those who have neither."
    );
    Ok(())
}

/// The number of these sessions that had not expired.
pub(super) fn live(ended: &[EndedSession], clock: &Clock) -> usize {
    let now = clock.now();
    ended.iter().filter(|session| session.expires_at > now).count()
}

/// Prints the users whom a reset logs out, and asks for confirmation.
async fn confirm_reset(question: &str, yes: bool, store: &Store, clock: &Clock) -> Result<(), Failure> {
    let mut users = store.users(clock.now()).await?;
    users.retain(|(_, sessions)| *sessions > 0);
    let sessions: i64 = users.iter().map(|(_, sessions)| sessions).sum();
    let row = |(user, sessions): &(User, i64)| [user.email.as_str().into(), user.name.clone(), sessions.to_string()];
    print_table(["EMAIL", "NAME", "SESSIONS"], users.iter().take(MAX_LISTED).map(row).collect());
    if users.len() > MAX_LISTED {
        print_line!("… and {} more users", users.len() - MAX_LISTED);
    }
    let keys = match store.key_set_version().await?.0.len() {
        1 => "the key".into(),
        count => format!("all {count} keys"),
    };
    let sessions = session_count(usize::try_from(sessions).unwrap_or(0));
    let question = format!("{question}retire {keys}, reject all access tokens and end {sessions}?");
    let (first, rest) = question.split_at(1);
    confirm(&(first.to_uppercase() + rest), yes)
}
