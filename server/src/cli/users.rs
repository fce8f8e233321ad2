//! `doorward user`: adds, lists, disables, enables and deletes users, changes their roles, and lets them back in.

use app::Language;
use clap::Subcommand;
use doorward_api::Timestamp;

use super::{
    deletion,
    factor_reset::{self, ResetSecondFactor},
    failure::Failure,
    invitation::{Invite, invite},
    recovery,
    roles::{self, RoleChange},
    session_cache::valkey,
    terminal::{confirm, new_password, print_table, session_count},
    user_arguments::{changed, find_user, parse_email, parse_roles},
};
use crate::{
    clock::Clock,
    config::Config,
    http::invalid_fields::InvalidField,
    login::password_hasher::{HashError, PasswordHasher, Priority},
    mail::letters::Cause,
    metrics::Metrics,
    model::{
        audit::Actor,
        password::{Password, PasswordHash},
        user::{Name, User, check_roles},
    },
    output::print_line,
    sessions::cache,
    store::Store,
    users::administration,
    valkey::Valkey,
};

#[derive(Subcommand)]
pub enum UserCommand {
    /// Add a user; prompts for the password, or reads it from standard input
    Add {
        email: String,
        /// Display name
        #[arg(long)]
        name: String,
        /// Role of the user; may be repeated
        #[arg(long)]
        role: Vec<String>,
    },
    /// Invite a user by mail; without mail, print the link
    Invite(Invite),
    /// List all users
    List,
    /// Disable a user and end their sessions
    Disable {
        email: String,
        /// Do not ask for confirmation
        #[arg(long)]
        yes: bool,
    },
    /// Enable a disabled user
    Enable { email: String },
    /// Delete a user after `deletion_grace`, and end their sessions now
    Delete {
        email: String,
        /// Do not ask for confirmation
        #[arg(long)]
        yes: bool,
    },
    /// Undo the deletion of a user, in time
    Restore {
        email: String,
        /// Do not ask for confirmation
        #[arg(long)]
        yes: bool,
    },
    /// Print everything that is stored about a user, without secrets, as JSON
    Export {
        email: String,
        /// Do not ask for confirmation
        #[arg(long)]
        yes: bool,
    },
    /// Send a user a link to set a new password; without mail, print it
    ResetPassword {
        email: String,
        /// Print the link instead of sending it, for a user whose mail does not arrive
        #[arg(long)]
        print_link: bool,
        /// Do not ask for confirmation
        #[arg(long)]
        yes: bool,
    },
    /// Remove all second factors of a user who has lost them, after `factor_reset_delay`
    ResetSecondFactor(ResetSecondFactor),
    /// Record that a user has proved to own the email
    Verify { email: String },
    /// Change a user's roles; access tokens follow at the next refresh
    Role(RoleChange),
}

pub async fn run(command: UserCommand, config: &Config, store: &Store, clock: &Clock) -> Result<(), Failure> {
    let valkey = valkey(config, clock)?;
    match command {
        UserCommand::Add { email, name, role } => add(&email, &name, &role, config, store, clock).await,
        UserCommand::Invite(command) => invite(&command, config, store, clock).await,
        UserCommand::List => list(store, clock).await,
        UserCommand::Disable { email, yes } => disable(&email, yes, config, &valkey, (store, clock)).await,
        UserCommand::Enable { email } => {
            let user = find_user(&email, store).await?;
            let now = clock.now();
            let notice = recovery::notice(&Cause::AccountEnabled, &user, config, store, now).await;
            let change = administration::enable(store, &user.id, notice.as_ref(), &Actor::Operator, now).await;
            let outcome = if changed(change, &user)?.is_changed { "is enabled" } else { "was not disabled" };
            print_line!("{} {outcome}.", user.email.as_str());
            Ok(())
        }
        UserCommand::Delete { email, yes } => {
            deletion::delete(&find_user(&email, store).await?, yes, config, &valkey, (store, clock)).await
        }
        UserCommand::Restore { email, yes } => {
            deletion::restore(&find_user(&email, store).await?, yes, store, clock).await
        }
        UserCommand::Export { email, yes } => {
            deletion::export(find_user(&email, store).await?, yes, store, clock).await
        }
        UserCommand::ResetPassword { email, print_link, yes } => {
            let user = find_user(&email, store).await?;
            recovery::reset_password(&user, (print_link, yes), config, store, clock).await
        }
        UserCommand::ResetSecondFactor(command) => {
            let user = find_user(&command.email, store).await?;
            factor_reset::reset(&command, &user, config, &valkey, (store, clock)).await
        }
        UserCommand::Verify { email } => recovery::verify(&find_user(&email, store).await?, store, clock).await,
        UserCommand::Role(change) => roles::change(&change, &valkey, store, clock).await,
    }
}

async fn hash(hasher: &PasswordHasher, password: Password) -> Result<PasswordHash, HashError> {
    hasher.reserve(Priority::Known)?.hash(password).await
}

/// The rule that an argument breaks.
fn rule(reason: InvalidField) -> String {
    reason.message("", Language::English)
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
    let name = Name::parse(name).ok_or_else(|| Failure::Usage(format!("--name: {}", rule(InvalidField::Name))))?;
    let roles = parse_roles(roles)?;
    check_roles(&roles)?;
    let password = new_password()?;
    let password = Password::choose(&password, config.password_min_length, name.as_str(), email.as_str());
    let password = password.map_err(|error| Failure::Failed(format!("password: {}", rule(error.into()))))?;

    let checked = config.breached_passwords.check(&password, &Metrics::default()).await;
    checked.map_err(|error| Failure::Failed(format!("password: {}", rule(error.into()))))?;

    let hashing = PasswordHasher::start(config.hashing(), &[])?;
    let password_hash =
        hash(&hashing, password).await.map_err(|_| Failure::Failed("password: could not be hashed".into()))?;
    let now = clock.now();
    let user = User { roles, ..User::new(email, name.as_str(), password_hash, now) };
    if !store.add_user(&user, now).await? {
        return Err(Failure::Failed(format!("{} already has an account", user.email.as_str())));
    }
    print_line!("Added {}.", user.email.as_str());
    Ok(())
}

async fn list(store: &Store, clock: &Clock) -> Result<(), Failure> {
    let users = store.users(clock.now()).await?;
    let rows = users.into_iter().map(|(user, sessions)| {
        let created_at = Timestamp::from(user.created_at);
        let state = match (user.delete_at, user.disabled_at) {
            (Some(at), _) => format!("deleted on {}", Timestamp::from(at).as_str()),
            (None, Some(since)) => format!("disabled since {}", Timestamp::from(since).as_str()),
            (None, None) => "enabled".into(),
        };
        let roles = if user.roles.is_empty() { "-".into() } else { user.roles.join(" ") };
        let second_step = if user.has_second_step { "on" } else { "-" }.into();
        let (email, sessions) = (user.email.as_str().into(), sessions.to_string());
        [email, user.name, roles, sessions, created_at.as_str().into(), second_step, state]
    });
    print_table(["EMAIL", "NAME", "ROLES", "SESSIONS", "CREATED", "SECOND-STEP", "STATE"], rows.collect());
    Ok(())
}

async fn disable(
    email: &str,
    yes: bool,
    config: &Config,
    valkey: &Valkey,
    (store, clock): (&Store, &Clock),
) -> Result<(), Failure> {
    let user = find_user(email, store).await?;
    let email = user.email.as_str();
    if user.disabled_at.is_some() {
        print_line!("{email} is already disabled.");
        return Ok(());
    }
    let sessions = store.live_sessions(&user.id, clock.now()).await?.len();
    confirm(&format!("Disable {email} and end {}?", session_count(sessions)), yes)?;
    let now = clock.now();
    let notice = recovery::notice(&Cause::AccountDisabled, &user, config, store, now).await;
    let change =
        changed(administration::disable(store, &user.id, notice.as_ref(), &Actor::Operator, now).await, &user)?;
    cache::bar(valkey, change.ended.iter().filter_map(|ended| ended.credential_hash.as_ref())).await;
    print_line!("{email} is disabled; {} ended.", session_count(change.ended_count(now)));
    Ok(())
}
