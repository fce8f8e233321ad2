//! The proof of a session: what the browser is given to keep at login, and what it presents afterwards.
//!
//! A proof is worth nothing by itself: its hash names a row, and the row decides. The policy says what kind it is
//! ([`CredentialStorage`]), and a proof that comes another way than it was given counts as a forgery.

use doorward_api::{CredentialStorage, EndReason, PolicyName};

use crate::{
    clock::Moment,
    http::error::Error,
    model::{
        audit::Actor,
        credential::{CredentialHash, IssuedCredential, NewSession},
        session::{Session, SessionId},
        user::User,
    },
    random,
    sessions::expiry,
    state::AppState,
};

/// Gives a session that begins the one proof that it ever gets.
pub fn begin(app: &AppState, session: Session) -> (NewSession, Option<IssuedCredential>) {
    let keeps = session.policy.credential_storage();
    let (secret, credential_hash) = match keeps {
        CredentialStorage::AccessTokenOnly => return (NewSession { session, credential_hash: None }, None),
        CredentialStorage::RefreshCookie | CredentialStorage::RefreshToken => app.refresh_tokens.issue(&session),
        CredentialStorage::SessionCookie => {
            let id = hex::encode(random::bytes::<32>());
            let hash = CredentialHash::of(&id);
            (id, hash)
        }
    };
    (NewSession { session, credential_hash: Some(credential_hash) }, Some(IssuedCredential::new(keeps, secret)))
}

/// A proof that may be genuine; whether its session lives is for the database to say.
#[derive(Debug)]
pub struct Presented {
    /// How it came.
    pub keeps: CredentialStorage,
    /// What the session's row must hold.
    pub credential_hash: CredentialHash,
    /// The session that it is of, where it says so.
    pub session_id: Option<SessionId>,
    /// Whether it is past its own end.
    pub is_expired: bool,
}

impl Presented {
    /// The proof that came this way. `None` for a forgery, which costs no database work.
    pub fn read(app: &AppState, keeps: CredentialStorage, text: &str, now: Moment) -> Option<Self> {
        match keeps {
            CredentialStorage::AccessTokenOnly => None,
            CredentialStorage::RefreshCookie | CredentialStorage::RefreshToken => {
                let token = app.refresh_tokens.read(text, now);
                let token = token.inspect_err(|refused| tracing::debug!(?refused, "refresh token refused")).ok()?;
                Some(Self {
                    keeps,
                    credential_hash: token.hash,
                    session_id: Some(token.session_id),
                    is_expired: token.is_expired,
                })
            }
            CredentialStorage::SessionCookie => {
                let is_ours = text.len() == 64 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
                is_ours.then(|| Self {
                    keeps,
                    credential_hash: CredentialHash::of(text),
                    session_id: None,
                    is_expired: false,
                })
            }
        }
    }

    /// Whether this session, whose hash it has, was given it and has it come the way that it was given.
    fn is_of(&self, session_id: &SessionId, policy: PolicyName) -> bool {
        let is_named = self.session_id.as_ref().is_none_or(|id| id == session_id);
        is_named && policy.credential_storage() == self.keeps
    }

    /// The session that it is of, live or not.
    pub async fn session_id(&self, app: &AppState) -> Result<Option<SessionId>, sqlx::Error> {
        let found = app.store.session_of_token(&self.credential_hash).await?;
        // A policy of a later version: its session can be left, if not used.
        let found = found.filter(|(id, policy)| policy.is_none_or(|policy| self.is_of(id, policy)));
        Ok(found.map(|(id, _)| id))
    }
}

/// The session is used now, which is written down if it has not been for a while.
pub fn touch(app: &AppState, session: &mut Session, now: Moment) {
    if now.since(session.last_used_at) >= session.touch_interval() {
        app.last_used.record(&session.id, now);
    }
    session.last_used_at = now.max(session.last_used_at);
}

/// The live session that is proved, with its latest use and its owner, within today's limits; or why there is none.
pub async fn live_session(app: &AppState, presented: &Presented, now: Moment) -> Result<(Session, User), Error> {
    let find = async || {
        let found = app.store.live_session(&presented.credential_hash, now).await?;
        let found = found.filter(|(session, _)| presented.is_of(&session.id, session.policy) && !presented.is_expired);
        Ok::<_, Error>(found.map(|(mut session, user)| {
            app.last_used.apply(&mut session);
            (session.clamped_to(app.config.policies.of(&user.roles)), user)
        }))
    };
    let mut found = find().await?;
    if let Some((session, _)) = &found
        && session.is_idle(now)
        && let Some(doubt) = expiry::doubt(app, session, now)
    {
        tokio::time::sleep(doubt).await;
        found = find().await?;
    }
    let Some((session, user)) = found else {
        return Err(Error::SessionEnded(expiry::why(app, presented, now).await?));
    };
    let is_allowed = session.permitted_under(app.config.policies.of(&user.roles));
    if is_allowed && !session.is_idle(now) && now < session.expires_at {
        return Ok((session, user));
    }
    Err(match expiry::end_of(app, &session.id, now).await? {
        Some(end) => Error::SessionEnded(end),
        // By its own rules it would live.
        None => end_by_policy(app, &session.id, now).await?,
    })
}

/// Ends a session that today's rules do not allow.
async fn end_by_policy(app: &AppState, session_id: &SessionId, now: Moment) -> Result<Error, Error> {
    let ended = app.store.end_session(session_id, EndReason::PolicyChanged, &Actor::OPERATOR, now).await?;
    let end = ended.as_ref().map(|ended| ended.end.clone());
    app.revocations.add(ended);
    // Somebody else has ended it in the meantime, and knows why.
    let end = match end {
        Some(end) => Some(end),
        None => app.store.end_of(session_id, now).await?,
    };
    Ok(Error::SessionEnded(end.unwrap_or(EndReason::PolicyChanged.into())))
}
