//! `doorward session`: who is logged in, and the end of it.

use clap::Subcommand;
use doorward_api::{EndReason, Timestamp};

use super::{
    Failure,
    terminal::{confirm, table},
    users::{find, humanize},
};
use crate::{
    clock::Clock,
    model::{
        audit::Actor,
        session::{Session, SessionId},
        user::Email,
    },
    store::Store,
};

#[derive(Subcommand)]
pub enum SessionCommand {
    /// List the sessions that are live, of everybody or of one person
    List { email: Option<String> },
    /// End sessions; the people are logged out within a second
    End {
        /// The ids of sessions
        #[arg(required_unless_present = "user")]
        ids: Vec<String>,
        /// All sessions of the person with this email
        #[arg(long, conflicts_with = "ids", value_name = "EMAIL")]
        user: Option<String>,
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
}

pub async fn run(command: SessionCommand, store: &Store, clock: &Clock) -> Result<(), Failure> {
    match command {
        SessionCommand::List { email } => list(email.as_deref(), store, clock).await,
        SessionCommand::End { user: Some(email), yes, .. } => {
            let user = find(&email, store).await?;
            let sessions = store.live_sessions(&user.id, clock.now()).await?;
            let with_owner = sessions.into_iter().map(|session| (session, user.email.clone())).collect();
            end(with_owner, yes, store, clock).await
        }
        SessionCommand::End { ids, yes, .. } => {
            let all = store.all_live_sessions(clock.now()).await?;
            let (meant, _) = all.into_iter().partition::<Vec<_>, _>(|(session, _)| ids.contains(&session.id.0));
            let is_live = |id: &SessionId| meant.iter().any(|(session, _)| session.id == *id);
            if let Some(unknown) = ids.iter().find(|id| !is_live(&SessionId((*id).clone()))) {
                return Err(Failure::Failed(format!("there is no live session {unknown:?}; nothing was done")));
            }
            end(meant, yes, store, clock).await
        }
    }
}

async fn list(email: Option<&str>, store: &Store, clock: &Clock) -> Result<(), Failure> {
    let only = match email {
        Some(email) => Some(find(email, store).await?.email),
        None => None,
    };
    let mut sessions = store.all_live_sessions(clock.now()).await?;
    sessions.retain(|(_, owner)| only.as_ref().is_none_or(|only| owner == only));
    show(sessions);
    Ok(())
}

fn show(sessions: Vec<(Session, Email)>) {
    let time = |moment| Timestamp::from(moment).as_str().to_owned();
    let rows = sessions.into_iter().map(|(session, owner)| {
        let device = format!("{} on {}", session.device.browser, session.device.os);
        let name = session.label.map_or("-".into(), String::from);
        let times = [session.created_at, session.last_used_at, session.expires_at].map(time);
        let [created, used, expires] = times;
        [session.id.0, owner.as_str().into(), device, name, session.ip, created, used, expires]
    });
    table(["ID", "EMAIL", "DEVICE", "NAME", "ADDRESS", "CREATED", "LAST USED", "EXPIRES"], rows.collect());
}

async fn end(sessions: Vec<(Session, Email)>, yes: bool, store: &Store, clock: &Clock) -> Result<(), Failure> {
    if sessions.is_empty() {
        println!("There is no live session.");
        return Ok(());
    }
    let ids: Vec<SessionId> = sessions.iter().map(|(session, _)| session.id.clone()).collect();
    show(sessions);
    confirm(&format!("End {}?", humanize(ids.len())), yes)?;
    let mut count = 0;
    for id in ids {
        let ended = store.end_session(&id, EndReason::RevokedByAdmin, &Actor::Operator, clock.now()).await?;
        count += usize::from(ended.is_some());
    }
    println!("{} ended.", humanize(count));
    Ok(())
}
