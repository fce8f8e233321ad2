//! `doorward user role`: changes the roles of a user.

use super::{
    failure::Failure,
    terminal::{confirm, session_count},
    user_arguments::{find_user, last_administrator, parse_roles},
};
use crate::{
    clock::Clock,
    model::user::check_roles,
    output::print_line,
    sessions::cache,
    store::{RolesChange, Store},
    valkey::Valkey,
};

#[derive(clap::Args)]
pub struct RoleChange {
    email: String,
    /// Role to add; may be repeated
    #[arg(long)]
    add: Vec<String>,
    /// Role to remove; may be repeated
    #[arg(long)]
    remove: Vec<String>,
    /// Apply at once: end the user's sessions, so that no access token keeps the old roles
    #[arg(long)]
    now: bool,
    /// Do not ask for confirmation
    #[arg(long)]
    yes: bool,
}

pub(super) async fn change(change: &RoleChange, valkey: &Valkey, store: &Store, clock: &Clock) -> Result<(), Failure> {
    let user = find_user(&change.email, store).await?;
    let (add, remove) = (parse_roles(&change.add)?, parse_roles(&change.remove)?);
    let mut roles = user.roles.clone();
    roles.retain(|role| !remove.contains(role) && !add.contains(role));
    roles.extend(add);
    // Fewer roles are an improvement, even if they are still too many.
    if roles.len() >= user.roles.len() {
        check_roles(&roles)?;
    }
    let summary =
        format!("{}: {}", user.email.as_str(), if roles.is_empty() { "no roles".into() } else { roles.join(" ") });

    if change.now {
        let sessions = store.live_sessions(&user.id, clock.now()).await?.len();
        print_line!("{summary}, effective at once; ends {} of {}", session_count(sessions), user.name);
        confirm("Continue?", change.yes)?;
    }
    let mut credentials = store.credentials_of(&user.id).await?;
    let ended = match store.change_roles(&user, &roles, change.now, clock.now()).await? {
        RolesChange::Done { ended } => ended,
        RolesChange::Outdated => {
            return Err(Failure::Failed("another command has just changed the roles; try again".into()));
        }
        RolesChange::LastAdministrator => return Err(last_administrator(&user)),
    };
    // Also those of sessions that began meanwhile.
    credentials.extend(store.credentials_of(&user.id).await?);
    if !cache::bar(valkey, &credentials).await {
        print_line!("Valkey does not respond: the previous roles may apply for up to 30 seconds.");
    }
    if change.now {
        print_line!("{} ended.", session_count(ended));
    } else {
        print_line!("{summary}");
    }
    Ok(())
}
