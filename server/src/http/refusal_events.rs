//! Audit events of refused requests, for the account that they concern.

use std::time::Duration;

use doorward_api::EventKind;

use super::{caller::Caller, client_info::ClientInfo, error::Error};
use crate::{
    login::rate_limiter::RateLimitError,
    model::{audit::AuditEvent, email::Email, session::SessionId, user::UserId},
    state::AppState,
};

/// An account gets one event per kind in this time: refusals cannot fill the database.
const ONCE_PER: Duration = Duration::from_hours(1);

/// Records a refusal, at most once per account and hour. If it cannot be recorded, the request is refused all the same.
pub async fn record(
    app: &AppState,
    kind: EventKind,
    (user_id, session_id): (&UserId, Option<&SessionId>),
    client: &ClientInfo,
) {
    let (actor, now) = (client.actor(), app.clock.now());
    let event = AuditEvent { kind, user_id: Some(user_id), session_id, reason: None, actor: &actor };
    if let Err(error) = app.store.record_once(&event, user_id, now.minus(ONCE_PER), now).await {
        tracing::warn!(%error, kind = kind.name(), "recording a refused request failed");
    }
}

/// Records a wrong current password. Each of them, as each failed login: the rate limit bounds both.
pub async fn record_wrong_password(app: &AppState, caller: &Caller, client: &ClientInfo) -> Result<(), Error> {
    let event = AuditEvent {
        kind: EventKind::PasswordChangeFailed,
        user_id: Some(&caller.user_id),
        session_id: Some(&caller.session_id),
        reason: None,
        actor: &client.actor(),
    };
    Ok(app.store.record(&event, app.clock.now()).await?)
}

/// Records that the attempts for an account have reached the rate limit, if there is such an account. In the background,
/// because the time of the response must not reveal that; one at a time, because strangers cause it.
pub fn record_rate_limit(app: &AppState, error: &RateLimitError, email: &Email, client: &ClientInfo) {
    if !matches!(error, RateLimitError::Limited { .. }) {
        return;
    }
    let (app, email, client) = (app.clone(), email.clone(), client.clone());
    tokio::spawn(async move {
        let Ok(_permit) = app.recording_refusals.try_acquire() else { return };
        if let Ok(Some(user)) = app.store.user_by_email(&email).await {
            record(&app, EventKind::TooManyAttempts, (&user.id, None), &client).await;
        }
    });
}
