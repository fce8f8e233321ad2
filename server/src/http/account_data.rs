//! The end of the caller's account, and a copy of what is stored about them.

use axum::{
    body::Body,
    extract::State,
    http::{HeaderMap, HeaderName, StatusCode, header},
    response::{IntoResponse, Response},
};
use doorward_api::{AccountExport as ApiExport, Deletion, EventKind, Problem};
use futures::stream;

use super::{caller::Caller, client_info::ClientInfo, json::Json, role::CallerWith, sessions, step_up::Recent};
use crate::{
    http::{error::Error, language::LanguagePreference},
    login::attempt::Attempt,
    model::{audit::AuditEvent, user::User},
    state::AppState,
    users::{
        administration::AdministrationError,
        deletion::{self, DeletionMail},
        export::AccountExport,
    },
};

/// Delete the account: end all sessions now, and delete everything about the user after `deletion_grace`.
///
/// Until then, the link in a mail undoes it and, without mails, the operator. Meanwhile a login gets `deletion_pending`.
#[utoipa::path(delete, path = "/api/account", operation_id = "delete_account", tag = "account", security(("access_token" = [])), responses(
    (status = 202, description = "All sessions have ended, this one included; the account is deleted at `delete_at`", body = Deletion),
    (status = 401, description = "`step_up_required`: call `POST /api/auth/confirm` first; no valid credential: see `GET /api/me`", body = Problem),
    (status = 409, description = "`last_administrator`: no other active administrator is left", body = Problem),
    (status = 429, description = "`too_many_attempts`: the session has sent too many requests that write", body = Problem),
))]
pub async fn delete_account(
    State(app): State<AppState>,
    client: ClientInfo,
    headers: HeaderMap,
    CallerWith { caller, .. }: CallerWith<Recent>,
) -> Result<(StatusCode, Json<Deletion>), Error> {
    app.limiter.spend(Attempt::Write { session_id: &caller.session_id }).await?;
    let user = user_of(&app, &caller).await?;
    let now = app.clock.now();
    let language = LanguagePreference::of(&app.config, &headers).language();
    let mail = DeletionMail { mailer: &app.mailer, brand: &app.config.brand_name, language };
    let deletion = deletion::by_user(&mail, &user, app.config.deletion_grace, now);
    let cause = (&client.actor(), now);
    match deletion::ask(&app.store, &user.id, &deletion, Some(&caller.session_id), cause).await {
        Ok(change) if change.is_changed => app.revocations.add(change.ended).await,
        Ok(_) | Err(AdministrationError::CallerEnded | AdministrationError::UserUnknown) => {
            return Err(sessions::caller_session_ended(&app, &caller, now).await);
        }
        Err(AdministrationError::LastAdministrator) => return Err(Error::LastAdministrator),
        Err(AdministrationError::Unavailable(cause)) => return Err(cause.into()),
    }
    Ok((StatusCode::ACCEPTED, Json(Deletion { delete_at: deletion.delete_at.into() })))
}

/// Download everything that is stored about the caller, without secrets. Once an hour.
#[utoipa::path(get, path = "/api/account/export", operation_id = "export_account", tag = "account", security(("access_token" = [])), responses(
    (status = 200, description = "The document, as a file", body = ApiExport),
    (status = 401, description = "`step_up_required`: call `POST /api/auth/confirm` first; no valid credential: see `GET /api/me`", body = Problem),
    (status = 429, description = "`too_many_attempts`: the account was exported within the last hour", body = Problem),
))]
pub async fn export_account(
    State(app): State<AppState>,
    client: ClientInfo,
    CallerWith { caller, .. }: CallerWith<Recent>,
) -> Result<Response, Error> {
    let user = user_of(&app, &caller).await?;
    app.limiter.spend(Attempt::Export { user_id: &user.id }).await?;
    let now = app.clock.now();
    let event = AuditEvent {
        kind: EventKind::Exported,
        user_id: Some(&user.id),
        session_id: Some(&caller.session_id),
        reason: None,
        actor: &client.actor(),
    };
    app.store.record(&event, now).await?;

    let export = AccountExport::new(app.store.clone(), user, now);
    // A failure cuts the response off: what is incomplete must not look complete.
    let pieces = stream::try_unfold(export, |mut export| async move {
        Ok::<_, sqlx::Error>(export.next().await?.map(|piece| (piece, export)))
    });
    let headers = [
        (header::CONTENT_TYPE, "application/json"),
        (header::CONTENT_DISPOSITION, r#"attachment; filename="account.json""#),
        (header::CACHE_CONTROL, "no-store"),
        // nginx would write a large one to disk.
        (HeaderName::from_static("x-accel-buffering"), "no"),
    ];
    Ok((headers, Body::from_stream(pieces)).into_response())
}

/// The caller's user, who may have been disabled or deleted a moment ago.
async fn user_of(app: &AppState, caller: &Caller) -> Result<User, Error> {
    match app.store.user(&caller.user_id).await? {
        Some(user) if user.is_active() => Ok(user),
        _ => Err(sessions::caller_session_ended(app, caller, app.clock.now()).await),
    }
}
