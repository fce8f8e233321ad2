//! Authenticates a session by its credential, which the browser gets at login and presents afterward.
//!
//! The database is authoritative: the hash of the credential finds the session, possibly in the [cache](super::cache). Its kind follows from the policy
//! ([`CredentialStorage`]); a credential that is presented in another place than its storage counts as forged.

use doorward_api::{CredentialStorage, EndReason, PolicyName};

use super::{
    Sessions,
    expiry::{self, Liveness},
};
use crate::{
    clock::Moment,
    model::{
        audit::Actor,
        began_with::BeganWith,
        credential::{CredentialHash, IssuedCredential, NewSession},
        session::{Session, SessionId},
        session_end::SessionEnd,
        user::Identity,
    },
    random,
    revocation::set::RevocationStatus,
    store::Store,
    tokens::refresh_token::RefreshTokens,
};

/// Why a credential authenticates no session.
#[derive(Debug)]
pub enum AuthenticationError {
    SessionEnded(SessionEnd),
    /// There is no such session, live or ended.
    SessionUnknown,
    Unavailable(sqlx::Error),
}

impl From<sqlx::Error> for AuthenticationError {
    fn from(error: sqlx::Error) -> Self {
        Self::Unavailable(error)
    }
}

/// Issues the only credential that a session ever gets. `None` if its policy has none.
pub fn issue(
    refresh_tokens: &RefreshTokens,
    session: Session,
    began_with: BeganWith,
) -> (NewSession, Option<IssuedCredential>) {
    let storage = session.policy.credential_storage();
    let (secret, credential_hash) = match storage {
        CredentialStorage::AccessTokenOnly => return (NewSession { session, credential_hash: None, began_with }, None),
        CredentialStorage::RefreshCookie | CredentialStorage::RefreshToken => refresh_tokens.issue(&session),
        CredentialStorage::SessionCookie => {
            let secret = hex::encode(random::bytes::<32>());
            let hash = CredentialHash::from_secret(&secret);
            (secret, hash)
        }
    };
    let credential_hash = Some(credential_hash);
    (NewSession { session, credential_hash, began_with }, Some(IssuedCredential::new(storage, secret)))
}

/// A well-formed credential, not yet looked up in the database.
#[derive(Debug)]
pub struct PresentedCredential {
    /// Derived from where the credential was presented: cookie or body.
    pub storage: CredentialStorage,
    pub credential_hash: CredentialHash,
    /// The session named in a refresh token; a session cookie names none.
    pub session_id: Option<SessionId>,
    pub is_expired: bool,
}

impl PresentedCredential {
    /// Parses a credential. A forged one is `None` and costs no query.
    pub fn read(refresh_tokens: &RefreshTokens, storage: CredentialStorage, text: &str, now: Moment) -> Option<Self> {
        match storage {
            CredentialStorage::AccessTokenOnly => None,
            CredentialStorage::RefreshCookie | CredentialStorage::RefreshToken => {
                let token = refresh_tokens.verify(text, now);
                let token = token.inspect_err(|error| tracing::debug!(?error, "refresh token rejected")).ok()?;
                Some(Self {
                    storage,
                    credential_hash: token.hash,
                    session_id: Some(token.session_id),
                    is_expired: token.is_expired,
                })
            }
            CredentialStorage::SessionCookie => {
                let is_well_formed =
                    text.len() == 64 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
                let credential_hash = CredentialHash::from_secret(text);
                is_well_formed.then_some(Self { storage, credential_hash, session_id: None, is_expired: false })
            }
        }
    }

    fn belongs_to(&self, session_id: &SessionId, policy: PolicyName) -> bool {
        let is_named = self.session_id.as_ref().is_none_or(|id| id == session_id);
        is_named && policy.credential_storage() == self.storage
    }

    /// Its session, live or ended.
    pub async fn session_id(&self, store: &Store) -> Result<Option<SessionId>, sqlx::Error> {
        let found = store.session_by_credential(&self.credential_hash).await?;
        // `None`: a policy of a later version. Such a session can be ended, but not used.
        let found = found.filter(|(id, policy)| policy.is_none_or(|policy| self.belongs_to(id, policy)));
        Ok(found.map(|(id, _)| id))
    }
}

/// Marks the session as used now. Under `server-session`, where every request is a use, not while the last one is recent
/// enough.
pub fn touch(sessions: &Sessions, session: &mut Session, user: &Identity, now: Moment) {
    let policy = sessions.policies.for_roles(&user.assigned_roles);
    if now.since(session.last_used_at) >= session.touch_interval(policy) {
        sessions.last_used.record(session, now);
    }
    session.last_used_at = now.max(session.last_used_at);
}

/// The sessions of genuine credentials, live or ended. Forged and expired credentials are skipped; while the clock is in
/// doubt, an expired one may still be valid.
pub async fn session_ids(
    sessions: &Sessions,
    credentials: impl Iterator<Item = PresentedCredential>,
) -> Result<Vec<SessionId>, sqlx::Error> {
    let skips_expired = sessions.clock_trust.is_trusted();
    let mut ids = Vec::new();
    for credential in credentials.filter(|credential| !(credential.is_expired && skips_expired)) {
        ids.extend(credential.session_id(&sessions.store).await?);
    }
    Ok(ids)
}

/// The session of the first credential that authenticates one; otherwise the error of the last.
pub async fn authenticate_first(
    sessions: &Sessions,
    credentials: Vec<PresentedCredential>,
    now: Moment,
) -> Result<(Session, Identity), AuthenticationError> {
    let mut rejection = AuthenticationError::SessionEnded(EndReason::Unknown.into());
    for credential in credentials {
        match authenticate(sessions, &credential, now).await {
            Err(error @ AuthenticationError::Unavailable(_)) => return Err(error),
            Err(error) => rejection = error,
            Ok(authenticated) => return Ok(authenticated),
        }
    }
    Err(rejection)
}

/// The live session of a credential, clamped to the current policy, with its user.
pub async fn authenticate(
    sessions: &Sessions,
    presented: &PresentedCredential,
    now: Moment,
) -> Result<(Session, Identity), AuthenticationError> {
    if let Some(authenticated) = find_cached(sessions, presented, now).await {
        return Ok(authenticated);
    }
    let mut found = find(sessions, presented, now).await?;
    if let Some((session, _)) = &found
        && let Liveness::Idle { since } = expiry::liveness(session, now)
        && let Some(lag) = expiry::write_lag(&sessions.store, since, now)
    {
        // Another node may have a use that it has not flushed yet.
        tokio::time::sleep(lag).await;
        found = find(sessions, presented, now).await?;
    }
    let Some((session, user)) = found else {
        let end = end_of(sessions, presented, now).await?;
        return Err(end.map_or(AuthenticationError::SessionUnknown, AuthenticationError::SessionEnded));
    };
    let policy = sessions.policies.for_roles(&user.assigned_roles);
    let is_permitted = session.permitted_under(policy);
    let liveness = expiry::liveness(&session, now);
    if is_permitted && liveness == Liveness::Active {
        let touch_interval = session.touch_interval(policy);
        sessions.cache.put(&presented.credential_hash, (&session, &user), now, touch_interval).await;
        return Ok((session, user));
    }
    let end = match (expiry::end_of(sessions, &session.id, now).await?, liveness.end_reason()) {
        (Some(end), _) => end,
        (None, Some(reason)) if is_permitted && !expiry::is_certain(sessions, &session, liveness) => reason.into(),
        // Live by its own limits, but not by those of the current policy.
        (None, _) => end_by_policy(sessions, &session.id, now).await?,
    };
    Err(AuthenticationError::SessionEnded(end))
}

async fn find(
    sessions: &Sessions,
    presented: &PresentedCredential,
    now: Moment,
) -> Result<Option<(Session, Identity)>, sqlx::Error> {
    let found = sessions.store.live_session_by_credential(&presented.credential_hash, now).await?;
    Ok(found.and_then(|found| matching(sessions, presented, found, now)))
}

/// The session in the cache, if it is certainly live: in every other case the database decides.
async fn find_cached(sessions: &Sessions, presented: &PresentedCredential, now: Moment) -> Option<(Session, Identity)> {
    if !sessions.cache.is_configured() {
        return None;
    }
    let found = sessions.cache.get(&presented.credential_hash, now).await;
    let found = found.and_then(|found| matching(sessions, presented, found, now)).filter(|(session, user)| {
        session.permitted_under(sessions.policies.for_roles(&user.assigned_roles))
            && expiry::liveness(session, now) == Liveness::Active
            && matches!(sessions.revocations.check(&session.id), RevocationStatus::Live)
    });
    let metrics = &sessions.metrics;
    if found.is_some() {
        metrics.session_cache.hits.inc()
    } else {
        metrics.session_cache.misses.inc()
    };
    found
}

/// The session as it is now, under the current policy; `None` if it is not that of the credential.
fn matching(
    sessions: &Sessions,
    presented: &PresentedCredential,
    (session, user): (Session, Identity),
    now: Moment,
) -> Option<(Session, Identity)> {
    if !presented.belongs_to(&session.id, session.policy) || presented.is_expired {
        return None;
    }
    let policy = sessions.policies.for_roles(&user.assigned_roles);
    Some((sessions.current(session, now).clamped_to(policy), user))
}

/// The end of the session of a rejected credential. `None` if there is no such session.
async fn end_of(
    sessions: &Sessions,
    presented: &PresentedCredential,
    now: Moment,
) -> Result<Option<SessionEnd>, sqlx::Error> {
    let end = match presented.session_id(&sessions.store).await? {
        Some(session_id) => expiry::end_of(sessions, &session_id, now).await?,
        None => None,
    };
    // A token has whole seconds: it expires up to one second before its session.
    Ok(end.or_else(|| presented.is_expired.then(|| EndReason::Expired.into())))
}

/// Ends a session that the current policy of its user does not permit.
pub async fn end_by_policy(
    sessions: &Sessions,
    session_id: &SessionId,
    now: Moment,
) -> Result<SessionEnd, sqlx::Error> {
    let reason = EndReason::PolicyChanged;
    let ended = sessions.store.end_session(session_id, reason, &Actor::Operator, now).await?;
    let end = ended.as_ref().map(|ended| ended.end.clone());
    sessions.revocations.add(ended).await;
    // `None`: it has ended in the meantime, for another reason.
    let end = match end {
        Some(end) => Some(end),
        None => sessions.store.session_end(session_id, now).await?,
    };
    Ok(end.unwrap_or(reason.into()))
}
