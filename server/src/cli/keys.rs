//! `doorward keys`: the keys that sign access tokens, from the operator's side.

use clap::Subcommand;
use doorward_api::Timestamp;

use super::{
    Failure,
    terminal::{confirm, table},
    users::humanize,
};
use crate::{
    clock::{Clock, Moment},
    config::Config,
    keys::{
        bootstrap, generate::generate_key, key_ring::Keys, master_secret::MasterSecret, reset, schedule::KeySchedule,
    },
    model::signing_key::StoredKey,
    store::Store,
};

/// So many people are named; of more, their number is told.
const NAMED: usize = 20;

#[derive(Subcommand)]
pub enum KeysCommand {
    /// List the keys, also those that were retired within the last day
    List,
    /// Replace the key that signs, quietly: nobody is logged out
    Rotate {
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
    /// The panic button: refuse all access tokens at once, and log everybody out
    Reset {
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
}

pub async fn run(command: KeysCommand, config: &Config, store: &Store, clock: &Clock) -> Result<(), Failure> {
    match command {
        KeysCommand::List => list(store, clock).await,
        KeysCommand::Rotate { yes } => rotate(yes, config, store, clock).await,
        KeysCommand::Reset { yes } => reset(yes, config, store, clock).await,
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
            None if signing == Some(key.generation) => "signs".into(),
            None if signing < Some(key.generation) => "published".into(),
            None => "checks".into(),
        };
        [key.generation.to_string(), key.kid.clone(), time(key.published_at), time(key.signs_from), state]
    });
    table(["GENERATION", "KID", "PUBLISHED", "SIGNS FROM", "STATE"], rows.collect());
    Ok(())
}

/// The server's master secret. None is made here: the running server would not know it.
async fn secret(config: &Config, store: &Store) -> Result<MasterSecret, Failure> {
    let secret = bootstrap::configured(config.secret_setting(), &config.secret_file())?;
    let secret = secret.ok_or(Failure::Failed("secret: there is none yet; start the server first".into()))?;
    match bootstrap::secret_status(store, &secret).await?.0 {
        bootstrap::SecretStatus::Present => Ok(secret),
        bootstrap::SecretStatus::Replaced => Err(Failure::Failed(bootstrap::REPLACED.into())),
        bootstrap::SecretStatus::First => Err(Failure::Failed("there are no keys yet; start the server first".into())),
        bootstrap::SecretStatus::New => Err(Failure::Failed(
            "secret: is not the one of this database; a start of the server with it resets the keys".into(),
        )),
    }
}

async fn rotate(yes: bool, config: &Config, store: &Store, clock: &Clock) -> Result<(), Failure> {
    let secret = secret(config, store).await?;
    let (stored, now) = (store.keys().await?, clock.now());
    let keys =
        Keys::open(stored, &secret, now).map_err(|_| "the signing keys in the database cannot be read".to_owned())?;
    let signs_from = now.plus(KeySchedule(config.key_lifetime).publish_lead_time());
    println!("{} signs; a new key takes its place at {}.", keys.signing(now).kid, time(signs_from));
    println!("Nobody is logged out: the old key checks until its last token has ended.");
    confirm("Replace the key?", yes)?;

    let next = generate_key(store.newest_generation().await? + 1, &secret, now, signs_from);
    if !store.add_key(&next).await? {
        return Err(Failure::Failed("a node has just replaced it; nothing was done".into()));
    }
    println!("{} is published.", next.kid);
    Ok(())
}

async fn reset(yes: bool, config: &Config, store: &Store, clock: &Clock) -> Result<(), Failure> {
    let secret = secret(config, store).await?;
    let mut people = store.users(clock.now()).await?;
    people.retain(|(_, sessions)| *sessions > 0);
    let sessions: i64 = people.iter().map(|(_, sessions)| sessions).sum();
    let row = |(user, sessions): &(_, i64)| {
        let user: &crate::model::user::User = user;
        [user.email.as_str().to_owned(), user.name.clone(), sessions.to_string()]
    };
    table(["EMAIL", "NAME", "SESSIONS"], people.iter().take(NAMED).map(row).collect());
    if let Some(more) = people.len().checked_sub(NAMED).filter(|more| *more > 0) {
        println!("… and {more} more people");
    }
    let sessions = humanize(usize::try_from(sessions).unwrap_or(0));
    confirm(&format!("Retire {}, refuse all access tokens and end {sessions}?", in_number(store).await?), yes)?;

    let (mut count, now) = (0, clock.now());
    let tell = |page: Vec<crate::model::session::EndedSession>| {
        count += page.iter().filter(|ended| ended.expires_at > now).count()
    };
    reset::reset(store, &secret, clock, tell).await?;
    println!("A new key signs; {} ended.", humanize(count));
    Ok(())
}

async fn in_number(store: &Store) -> Result<String, sqlx::Error> {
    let count = store.key_set_version().await?.count;
    Ok(if count == 1 { "the key".into() } else { format!("all {count} keys") })
}
