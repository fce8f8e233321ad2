//! `doorward user delete`, `restore` and `export`.

use std::io::ErrorKind;

use doorward_api::EventKind;

use super::{
    failure::Failure,
    recovery,
    terminal::{confirm, session_count},
    user_arguments::changed,
};
use crate::{
    clock::Clock,
    config::Config,
    mail::letters::utc,
    model::{
        audit::{Actor, AuditEvent},
        user::User,
    },
    output::{self, print_line},
    sessions::cache,
    store::Store,
    users::{
        deletion::{self, DeletionMail},
        export::AccountExport,
    },
    valkey::Valkey,
};

/// Asks for the deletion of an account, which ends its sessions now.
pub(super) async fn delete(
    user: &User,
    yes: bool,
    config: &Config,
    valkey: &Valkey,
    (store, clock): (&Store, &Clock),
) -> Result<(), Failure> {
    let email = user.email.as_str();
    if let Some(delete_at) = user.delete_at {
        print_line!("{email} is deleted on {} already.", utc(delete_at));
        return Ok(());
    }
    let sessions = session_count(store.live_sessions(&user.id, clock.now()).await?.len());
    let until = utc(clock.now().plus(config.deletion_grace));
    let question = if config.deletion_grace.is_zero() {
        format!("Delete {email} now, for good, and end {sessions}?")
    } else {
        format!("Delete {email} on {until} and end {sessions} now?")
    };
    confirm(&question, yes)?;
    let mailer = recovery::mailer(user, config, store).await;
    let now = clock.now();
    let mail = mailer.as_ref().map(|mailer| DeletionMail {
        mailer,
        brand: &config.brand_name,
        language: recovery::language(config),
    });
    let new = deletion::by_operator(mail.as_ref(), user, config.deletion_grace, now);
    let change = deletion::ask(store, &user.id, &new, None, (&Actor::Operator, now)).await;
    let change = changed(change, user)?;
    cache::bar(valkey, change.ended.iter().filter_map(|ended| ended.credential_hash.as_ref())).await;
    let ended = session_count(change.ended_count(now));
    if config.deletion_grace.is_zero() {
        print_line!("{email} is deleted; {ended} ended.");
    } else {
        print_line!("{email} is deleted on {until}; {ended} ended. Until then: `doorward user restore {email}`");
    }
    Ok(())
}

/// Undoes a deletion. The sessions stay ended.
pub(super) async fn restore(user: &User, yes: bool, store: &Store, clock: &Clock) -> Result<(), Failure> {
    let email = user.email.as_str();
    let Some(delete_at) = user.delete_at else {
        print_line!("{email} is not going to be deleted.");
        return Ok(());
    };
    confirm(&format!("Keep {email}, to be deleted on {}?", utc(delete_at)), yes)?;
    if !store.restore_user(&user.id, clock.now()).await? {
        return Err(Failure::Failed(format!("{email} has been deleted meanwhile")));
    }
    print_line!("{email} stays and can log in again.");
    Ok(())
}

/// Prints everything that is stored about a user as one JSON document.
pub(super) async fn export(user: User, yes: bool, store: &Store, clock: &Clock) -> Result<(), Failure> {
    confirm(&format!("Print everything that is stored about {}?", user.email.as_str()), yes)?;
    let now = clock.now();
    let event = AuditEvent {
        kind: EventKind::Exported,
        user_id: Some(&user.id),
        session_id: None,
        reason: None,
        actor: &Actor::Operator,
    };
    store.record(&event, now).await?;
    let mut export = AccountExport::new(store.clone(), user, now);
    while let Some(piece) = export.next().await? {
        match output::text(&piece) {
            Ok(()) => {}
            Err(error) if error.kind() == ErrorKind::BrokenPipe => return Ok(()),
            Err(error) => return Err(Failure::Failed(format!("the export is incomplete: {error}"))),
        }
    }
    Ok(())
}
