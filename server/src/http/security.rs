//! With what the caller can prove who they are: passkeys, authenticator app, recovery codes, and the second step of the login.

use axum::{extract::State, http::HeaderMap};
use doorward_api::{AccountSecurity, Problem, RecoveryCodes, SetSecondStep};

use super::{
    account::{user_of, withheld_roles},
    caller::Caller,
    factor_setup::{self, NewCodes},
    json::Json,
    role::CallerWith,
    step_up::{Recent, require_recent_factor},
};
use crate::{
    http::{client_info::ClientInfo, error::Error},
    login::attempt::Attempt,
    mail::letters::FactorChange,
    state::AppState,
};

/// Get with what the caller can log in, and prove who they are.
#[utoipa::path(get, path = "/api/account/security", operation_id = "account_security", tag = "account", security(("access_token" = [])), responses(
    (status = 200, description = "Passkeys, authenticator app, recovery codes and the second step of the login", body = AccountSecurity),
    (status = 401, description = "No valid credential: see `GET /api/me`", body = Problem),
))]
pub async fn account_security(State(app): State<AppState>, caller: Caller) -> Result<Json<AccountSecurity>, Error> {
    let user = user_of(&app, &caller).await?;
    let codes_and_totp = app.store.totp_and_recovery_codes(&user.id).await?;
    let withheld_roles = withheld_roles(&app, &caller, &user).await?;
    let passkeys = app.store.passkeys(&user.id).await?;
    let rp_id = app.relying_party.as_ref().map(|site| site.rp_id.as_str());
    Ok(Json(AccountSecurity {
        // A reset by mail sets one, so an account always has a password.
        password: true,
        second_step: user.has_second_step,
        totp: codes_and_totp.has_totp,
        recovery_codes_left: codes_and_totp.recovery_codes,
        passkeys: passkeys.into_iter().map(|passkey| passkey.into_api(rp_id)).collect(),
        factors_reset_at: user.factors_reset_at.map(Into::into),
        withheld_roles,
    }))
}

/// Make 10 new recovery codes, which are shown once. The old ones do not work any more.
#[utoipa::path(post, path = "/api/account/recovery-codes", operation_id = "make_recovery_codes", tag = "account", security(("access_token" = [])), responses(
    (status = 200, description = "The codes", body = RecoveryCodes),
    (status = 401, description = "`step_up_required`: call `POST /api/auth/confirm` first, with a second factor if the account requires one; no valid credential: see `GET /api/me`", body = Problem),
    (status = 409, description = "`second_factor_missing`: the account has neither a passkey nor an authenticator app", body = Problem),
    (status = 429, description = "`too_many_attempts`: the session has sent too many requests that write", body = Problem),
))]
pub async fn make_recovery_codes(
    State(app): State<AppState>,
    client: ClientInfo,
    headers: HeaderMap,
    CallerWith { caller, .. }: CallerWith<Recent>,
) -> Result<Json<RecoveryCodes>, Error> {
    app.limiter.spend(Attempt::Write { session_id: &caller.session_id }).await?;
    let user = user_of(&app, &caller).await?;
    if user.has_second_step {
        require_recent_factor(&app, &caller).await?;
    }
    let (codes, now, actor) = (NewCodes::generate(), app.clock.now(), client.actor());
    let notice = factor_setup::notice(&app, FactorChange::RecoveryCodesMade, &user, (&client, &headers), now);
    let setup = factor_setup::setup(&user, &caller, notice.as_ref(), (&actor, now));
    let outcome = app.store.replace_recovery_codes(&setup, &codes.hashes()).await?;
    let has_new_codes = factor_setup::done(&app, &caller, outcome, Error::SecondFactorMissing).await?;
    Ok(Json(codes.shown_if(has_new_codes)))
}

/// Turn the second step of the login on or off: whether a second factor is required after the password.
///
/// An account without recovery codes gets some when it goes on, which are shown once.
#[utoipa::path(put, path = "/api/account/second-step", operation_id = "set_second_step", tag = "account", request_body = SetSecondStep,
    security(("access_token" = [])), responses(
    (status = 200, description = "Done; with the codes that were made", body = RecoveryCodes),
    (status = 401, description = "`step_up_required`: call `POST /api/auth/confirm` first, to turn it off with a second factor; no valid credential: see `GET /api/me`", body = Problem),
    (status = 409, description = "`second_factor_missing`: the account has neither a passkey nor an authenticator app", body = Problem),
    (status = 429, description = "`too_many_attempts`: the session has sent too many requests that write", body = Problem),
))]
pub async fn set_second_step(
    State(app): State<AppState>,
    client: ClientInfo,
    headers: HeaderMap,
    CallerWith { caller, .. }: CallerWith<Recent>,
    Json(form): Json<SetSecondStep>,
) -> Result<Json<RecoveryCodes>, Error> {
    app.limiter.spend(Attempt::Write { session_id: &caller.session_id }).await?;
    let user = user_of(&app, &caller).await?;
    if user.has_second_step && !form.on {
        require_recent_factor(&app, &caller).await?;
    }
    let (codes, now, actor) = (NewCodes::generate(), app.clock.now(), client.actor());
    let change = if form.on { FactorChange::SecondStepOn } else { FactorChange::SecondStepOff };
    let notice = factor_setup::notice(&app, change, &user, (&client, &headers), now);
    let setup = factor_setup::setup(&user, &caller, notice.as_ref(), (&actor, now));
    let outcome = app.store.set_second_step(&setup, form.on, &codes.hashes()).await?;
    let has_new_codes = factor_setup::done(&app, &caller, outcome, Error::SecondFactorMissing).await?;
    Ok(Json(codes.shown_if(has_new_codes)))
}
