//! `doorward user reset-second-factor`: lets a user in again who has lost all second factors.

use std::time::Duration;

use super::{
    failure::Failure,
    recovery,
    terminal::{confirm, session_count},
};
use crate::{
    clock::Clock,
    config::Config,
    mail::letters::utc,
    model::{audit::Actor, user::User},
    output::print_line,
    sessions::cache,
    store::{FactorResetOutcome, Store},
    users::factor_reset,
    valkey::Valkey,
};

#[derive(clap::Args)]
pub struct ResetSecondFactor {
    pub(super) email: String,
    /// Remove them now, not after `factor_reset_delay`, in which the user can stop it
    #[arg(long)]
    now: bool,
    /// Do not ask for confirmation
    #[arg(long)]
    yes: bool,
}

pub(super) async fn reset(
    command: &ResetSecondFactor,
    user: &User,
    config: &Config,
    valkey: &Valkey,
    (store, clock): (&Store, &Clock),
) -> Result<(), Failure> {
    let email = user.email.as_str();
    let delay = if command.now { Duration::ZERO } else { config.factor_reset_delay };
    let sessions = session_count(store.live_sessions(&user.id, clock.now()).await?.len());
    let when = if delay.is_zero() { "now".to_owned() } else { format!("on {}", utc(clock.now().plus(delay))) };
    let what = "all second factors (passkeys, authenticator app, recovery codes)";
    confirm(&format!("Remove {what} of {email} and end {sessions} {when}?"), command.yes)?;

    let writer = recovery::notice_writer(user, config, store).await;
    let notices = writer.as_ref().map(|writer| writer.notices(config));
    let now = clock.now();
    let new = factor_reset::new(notices.as_ref(), user, delay, recovery::language(config), now);
    match store.ask_factor_reset(&user.id, &new, &Actor::Operator, now).await? {
        FactorResetOutcome::Asked { effective_at, ended } if effective_at <= now => {
            let live = ended.iter().filter(|session| session.expires_at > now).count();
            cache::bar(valkey, ended.iter().filter_map(|session| session.credential_hash.as_ref())).await;
            print_line!("The second factors of {email} are removed; {} ended.", session_count(live));
        }
        FactorResetOutcome::Asked { effective_at, .. } => {
            let until = utc(effective_at);
            let link = if new.mail.is_some() { ", unless the user stops it with the link in a mail" } else { "" };
            print_line!("The second factors of {email} are removed on {until}{link}. At once: add --now");
        }
        FactorResetOutcome::NothingToReset | FactorResetOutcome::CallerEnded => {
            print_line!("{email} has no second factor.");
        }
    }
    Ok(())
}
