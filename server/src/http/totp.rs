//! The authenticator app of the caller: one-time codes (TOTP, RFC 6238).

use axum::{
    extract::State,
    http::{HeaderMap, StatusCode},
};
use doorward_api::{ConfirmTotp, Problem, RecoveryCodes, TotpSetup};

use super::{
    account::user_of,
    factor_setup::{self, NewCodes},
    json::Json,
    role::CallerWith,
    sessions,
    step_up::{Recent, RecentFactor},
};
use crate::{
    http::{client_info::ClientInfo, error::Error, invalid_fields::InvalidField},
    login::{attempt::Attempt, totp_setup},
    mail::letters::FactorChange,
    model::totp::{Seed, TotpCode},
    state::AppState,
};

/// Begin to set up an authenticator app: get a new seed, which is shown once.
///
/// It is in use from its first right code on, with `PUT /api/account/totp`; until then, an app that is set up already keeps working.
/// A seed without a code is void after 10 minutes, and once another is begun.
#[utoipa::path(post, path = "/api/account/totp", operation_id = "begin_totp", tag = "account", security(("access_token" = [])), responses(
    (status = 200, description = "The seed", body = TotpSetup),
    (status = 401, description = "`step_up_required`: call `POST /api/auth/confirm` first; no valid credential: see `GET /api/me`", body = Problem),
    (status = 429, description = "`too_many_attempts`: the session has sent too many requests that write", body = Problem),
))]
pub async fn begin_totp(
    State(app): State<AppState>,
    CallerWith { caller, .. }: CallerWith<Recent>,
) -> Result<Json<TotpSetup>, Error> {
    app.limiter.spend(Attempt::Write { session_id: &caller.session_id }).await?;
    let user = user_of(&app, &caller).await?;
    let now = app.clock.now();
    let new = totp_setup::new(&app.config.brand_name, &user.email, &app.totp_sealer);
    if !app.store.begin_totp((&user.id, &caller.session_id), (&new.seed_id, &new.sealed), now).await? {
        return Err(sessions::caller_session_ended(&app, &caller, now).await);
    }
    Ok(Json(new.setup))
}

/// Put the new authenticator app into use, with its first code. From now on, a login with the password requires a second factor.
///
/// The app that was set up before stops working. Sessions continue, and this one counts as proved with a second factor: refresh, or
/// confirm, to get an access token that says so. An account without recovery codes gets some, which are shown once.
#[utoipa::path(put, path = "/api/account/totp", operation_id = "finish_totp", tag = "account", request_body = ConfirmTotp,
    security(("access_token" = [])), responses(
    (status = 200, description = "The app is in use", body = RecoveryCodes),
    (status = 401, description = "`step_up_required`: call `POST /api/auth/confirm` first; no valid credential: see `GET /api/me`", body = Problem),
    (status = 422, description = "`invalid_input`: wrong code; `ticket_invalid`: no seed waits for a code any more: begin again", body = Problem),
    (status = 429, description = "`too_many_attempts`: the session has sent too many requests that write", body = Problem),
))]
pub async fn finish_totp(
    State(app): State<AppState>,
    client: ClientInfo,
    headers: HeaderMap,
    CallerWith { caller, .. }: CallerWith<Recent>,
    Json(form): Json<ConfirmTotp>,
) -> Result<Json<RecoveryCodes>, Error> {
    app.limiter.spend(Attempt::Write { session_id: &caller.session_id }).await?;
    let user = user_of(&app, &caller).await?;
    let now = app.clock.now();
    let stored = app.store.unfinished_totp_seed(&user.id, now).await?.ok_or(Error::TicketInvalid)?;
    let seed = app.totp_sealer.open(&stored.id.0, &stored.sealed).and_then(|bytes| Seed::from_bytes(&bytes));
    let seed = seed.ok_or(Error::TicketInvalid)?;
    let step = TotpCode::parse(&form.code).and_then(|code| seed.newest_step(&code, now));
    let step = step.ok_or_else(|| Error::field("code", InvalidField::TotpCode))?;

    let codes = NewCodes::generate();
    let notice = factor_setup::notice(&app, FactorChange::TotpOn, &user, (&client, &headers), now);
    let actor = client.actor();
    let setup = factor_setup::setup(&user, &caller, notice.as_ref(), (&actor, now));
    let outcome = app.store.finish_totp(&setup, (&stored.id, step), &codes.hashes()).await?;
    let has_new_codes = factor_setup::done(&app, &caller, outcome, Error::TicketInvalid).await?;
    Ok(Json(codes.shown_if(has_new_codes)))
}

/// Turn the authenticator app off. Without a passkey, the second step of the login goes off, too, and recovery codes are deleted.
#[utoipa::path(delete, path = "/api/account/totp", operation_id = "remove_totp", tag = "account", security(("access_token" = [])), responses(
    (status = 204, description = "The app is turned off"),
    (status = 401, description = "`step_up_required`: call `POST /api/auth/confirm` with a second factor first; no valid credential: see `GET /api/me`", body = Problem),
    (status = 404, description = "`not_found`: no app is set up", body = Problem),
    (status = 429, description = "`too_many_attempts`: the session has sent too many requests that write", body = Problem),
))]
pub async fn remove_totp(
    State(app): State<AppState>,
    client: ClientInfo,
    headers: HeaderMap,
    CallerWith { caller, .. }: CallerWith<RecentFactor>,
) -> Result<StatusCode, Error> {
    app.limiter.spend(Attempt::Write { session_id: &caller.session_id }).await?;
    let user = user_of(&app, &caller).await?;
    let (now, actor) = (app.clock.now(), client.actor());
    let notice = factor_setup::notice(&app, FactorChange::TotpOff, &user, (&client, &headers), now);
    let setup = factor_setup::setup(&user, &caller, notice.as_ref(), (&actor, now));
    let outcome = app.store.remove_totp(&setup).await?;
    factor_setup::done(&app, &caller, outcome, Error::NotFound).await?;
    Ok(StatusCode::NO_CONTENT)
}
