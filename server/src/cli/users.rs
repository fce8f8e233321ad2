//! `doorward user`: accounts, from the operator's side.

use clap::Subcommand;
use doorward_api::Timestamp;

use super::{
    Failure,
    terminal::{confirm, new_password, table},
};
use crate::{
    clock::Clock,
    config::Config,
    login::password_hasher::PasswordHasher,
    model::{
        password::Password,
        user::{Email, Name, Role, User, UserId},
    },
    store::Store,
};

#[derive(Subcommand)]
pub enum UserCommand {
    /// Add an account; the password is asked for, or read from standard input
    Add {
        email: String,
        /// What the person is called
        #[arg(long)]
        name: String,
        /// What the person may do; may be given several times
        #[arg(long)]
        role: Vec<String>,
    },
    /// List all accounts
    List,
    /// Disable an account and log its owner out everywhere
    Disable {
        email: String,
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
    /// Let the owner of a disabled account log in again
    Enable { email: String },
    /// Change what somebody may do; access tokens follow at the next refresh
    Role(RoleChange),
}

#[derive(clap::Args)]
pub struct RoleChange {
    email: String,
    /// May be given several times
    #[arg(long)]
    add: Vec<String>,
    /// May be given several times
    #[arg(long)]
    remove: Vec<String>,
    /// At once: end the person's sessions, so that no access token says otherwise
    #[arg(long)]
    now: bool,
    /// Do not ask
    #[arg(long)]
    yes: bool,
}

pub async fn run(command: UserCommand, config: &Config, store: &Store, clock: &Clock) -> Result<(), Failure> {
    match command {
        UserCommand::Add { email, name, role } => add(&email, &name, &role, config, store, clock).await,
        UserCommand::List => list(store, clock).await,
        UserCommand::Disable { email, yes } => disable(&email, yes, store, clock).await,
        UserCommand::Enable { email } => {
            let user = find(&email, store).await?;
            let is_done = store.enable_user(&user.id, clock.now()).await?;
            let did = if is_done { "is enabled again" } else { "was not disabled" };
            println!("{} {did}.", user.email.as_str());
            Ok(())
        }
        UserCommand::Role(change) => role(&change, store, clock).await,
    }
}

async fn add(
    email: &str,
    name: &str,
    roles: &[String],
    config: &Config,
    store: &Store,
    clock: &Clock,
) -> Result<(), Failure> {
    let email = parse_email(email)?;
    let name = Name::parse(name).ok_or_else(|| Failure::Usage(format!("--name: {}", Name::RULE)))?;
    let roles = parse_roles(roles)?;
    let password = new_password()?;
    let password = Password::choose(&password, config.password_min_length, name.as_str(), email.as_str());
    let password = password.map_err(|rule| Failure::Failed(format!("the password: {rule}")))?;

    let hashing = PasswordHasher::start(config.hashing)?;
    let password_hash =
        hashing.hash(password).await.map_err(|_| Failure::Failed("the password is not hashed".into()))?;
    let user = User {
        id: UserId::fresh(),
        email,
        name: name.as_str().to_owned(),
        roles,
        password_hash,
        password_version: 1,
        created_at: clock.now(),
        disabled_at: None,
    };
    if !store.add_user(&user, clock.now()).await? {
        return Err(Failure::Failed(format!("{} has an account already", user.email.as_str())));
    }
    println!("{} has an account now.", user.email.as_str());
    Ok(())
}

async fn list(store: &Store, clock: &Clock) -> Result<(), Failure> {
    let users = store.users(clock.now()).await?;
    let rows = users.into_iter().map(|(user, sessions)| {
        let created_at = Timestamp::from(user.created_at);
        let state = user
            .disabled_at
            .map_or("enabled".into(), |since| format!("disabled since {}", Timestamp::from(since).as_str()));
        let roles = if user.roles.is_empty() { "-".into() } else { user.roles.join(" ") };
        [user.email.as_str().into(), user.name, roles, sessions.to_string(), created_at.as_str().into(), state]
    });
    table(["EMAIL", "NAME", "ROLES", "SESSIONS", "CREATED", "STATE"], rows.collect());
    Ok(())
}

async fn disable(email: &str, yes: bool, store: &Store, clock: &Clock) -> Result<(), Failure> {
    let user = find(email, store).await?;
    let email = user.email.as_str();
    if user.disabled_at.is_some() {
        println!("{email} was disabled before.");
        return Ok(());
    }
    let sessions = store.live_sessions(&user.id, clock.now()).await?.len();
    confirm(&format!("Disable {email} and end {}?", humanize(sessions)), yes)?;
    let ended = store.disable_user(&user.id, clock.now()).await?;
    println!("{email} is disabled; {} ended.", humanize(ended));
    Ok(())
}

async fn role(change: &RoleChange, store: &Store, clock: &Clock) -> Result<(), Failure> {
    let user = find(&change.email, store).await?;
    let (add, remove) = (parse_roles(&change.add)?, parse_roles(&change.remove)?);
    let mut roles = user.roles.clone();
    roles.retain(|role| !remove.contains(role) && !add.contains(role));
    roles.extend(add);
    let said =
        format!("{}: {}", user.email.as_str(), if roles.is_empty() { "no roles".into() } else { roles.join(" ") });

    if change.now {
        let sessions = store.live_sessions(&user.id, clock.now()).await?.len();
        println!("{said}, at once: {} of {} to end", humanize(sessions), user.name);
        confirm("Go on?", change.yes)?;
    }
    let ended = store.change_roles(&user, &roles, change.now, clock.now()).await?;
    let ended = ended.ok_or(Failure::Failed("somebody else has changed the roles meanwhile; try again".into()))?;
    if change.now {
        println!("{} ended.", humanize(ended));
    } else {
        println!("{said}");
    }
    Ok(())
}

pub(super) async fn find(email: &str, store: &Store) -> Result<User, Failure> {
    let email = parse_email(email)?;
    let user = store.user_by_email(&email).await?;
    user.ok_or_else(|| Failure::Failed(format!("{} has no account", email.as_str())))
}

fn parse_email(text: &str) -> Result<Email, Failure> {
    Email::parse(text).ok_or_else(|| Failure::Usage(format!("{text:?} is not an email address")))
}

fn parse_roles(texts: &[String]) -> Result<Vec<String>, Failure> {
    let parse = |text: &String| {
        Role::parse(text).map(String::from).ok_or_else(|| Failure::Usage(format!("{text:?}: {}", Role::RULE)))
    };
    let mut roles: Vec<String> = texts.iter().map(parse).collect::<Result<_, _>>()?;
    roles.sort();
    roles.dedup();
    Ok(roles)
}

pub(super) fn humanize(sessions: usize) -> String {
    match sessions {
        0 => "no session".into(),
        1 => "1 session".into(),
        _ => format!("{sessions} sessions"),
    }
}
