//! `doorward session`: lists and ends sessions.

use clap::Subcommand;
use doorward_api::{EndReason, Timestamp};

use super::{
    failure::Failure,
    session_cache::valkey,
    terminal::{confirm, print_table, session_count},
    user_arguments::find_user,
};
use crate::{
    clock::Clock,
    config::Config,
    model::{
        audit::Actor,
        email::Email,
        session::{Session, SessionId},
    },
    output::print_line,
    sessions::cache,
    store::Store,
    valkey::Valkey,
};

#[derive(Subcommand)]
pub enum SessionCommand {
    /// List live sessions, of all users or of one
    List { email: Option<String> },
    /// End sessions; their access tokens are rejected within a second
    End {
        /// IDs of the sessions to end
        #[arg(required_unless_present = "user")]
        ids: Vec<String>,
        /// End all sessions of the user with this email
        #[arg(long, conflicts_with = "ids", value_name = "EMAIL")]
        user: Option<String>,
        /// Do not ask for confirmation
        #[arg(long)]
        yes: bool,
    },
}

pub async fn run(command: SessionCommand, config: &Config, store: &Store, clock: &Clock) -> Result<(), Failure> {
    let valkey = valkey(config, clock)?;
    match command {
        SessionCommand::List { email } => list(email.as_deref(), store, clock).await,
        SessionCommand::End { user: Some(email), yes, .. } => {
            let sessions = sessions_of(&email, store, clock).await?;
            end(sessions, yes, &valkey, store, clock).await
        }
        SessionCommand::End { ids, yes, .. } => {
            let mut sessions = Vec::new();
            for id in ids {
                let session = store.live_session(&SessionId(id.clone()), clock.now()).await?;
                let unknown = || Failure::Failed(format!("no live session {id:?}; nothing was changed"));
                sessions.push(session.ok_or_else(unknown)?);
            }
            end(sessions, yes, &valkey, store, clock).await
        }
    }
}

async fn list(email: Option<&str>, store: &Store, clock: &Clock) -> Result<(), Failure> {
    let sessions = match email {
        Some(email) => sessions_of(email, store, clock).await?,
        None => store.all_live_sessions(clock.now()).await?,
    };
    print(sessions);
    Ok(())
}

/// The live sessions of one user. Reads only those.
async fn sessions_of(email: &str, store: &Store, clock: &Clock) -> Result<Vec<(Session, Email)>, Failure> {
    let user = find_user(email, store).await?;
    let sessions = store.live_sessions(&user.id, clock.now()).await?;
    Ok(sessions.into_iter().map(|session| (session, user.email.clone())).collect())
}

fn print(sessions: Vec<(Session, Email)>) {
    let time = |moment| Timestamp::from(moment).as_str().to_owned();
    let rows = sessions.into_iter().map(|(session, owner)| {
        let device = format!("{} on {}", session.device.browser, session.device.os);
        let name = session.label.map_or("-".into(), String::from);
        let times = [session.created_at, session.last_used_at, session.expires_at].map(time);
        let [created, used, expires] = times;
        [
            session.id.0,
            owner.as_str().into(),
            device,
            name,
            session.ip.unwrap_or_else(|| "-".into()),
            created,
            used,
            expires,
        ]
    });
    print_table(["ID", "EMAIL", "DEVICE", "NAME", "ADDRESS", "CREATED", "LAST USED", "EXPIRES"], rows.collect());
}

async fn end(
    sessions: Vec<(Session, Email)>,
    yes: bool,
    valkey: &Valkey,
    store: &Store,
    clock: &Clock,
) -> Result<(), Failure> {
    if sessions.is_empty() {
        return Err(Failure::Failed("there is no live session to end".into()));
    }
    let ids: Vec<SessionId> = sessions.iter().map(|(session, _)| session.id.clone()).collect();
    print(sessions);
    confirm(&format!("End {}?", session_count(ids.len())), yes)?;
    let (mut count, mut credentials) = (0, Vec::new());
    for id in ids {
        let ended = store.end_session(&id, EndReason::RevokedByAdmin, &Actor::Operator, clock.now()).await?;
        count += usize::from(ended.is_some());
        credentials.extend(ended.and_then(|ended| ended.credential_hash));
    }
    cache::bar(valkey, &credentials).await;
    print_line!("{} ended.", session_count(count));
    Ok(())
}
