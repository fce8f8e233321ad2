//! `POST /api/auth/confirm`.

use app::Language;
use axum::{extract::State, http::HeaderMap};
use doorward_api::{self as api, ChallengePurpose, PasskeyAssertion, Problem, TokenResponse};

use super::{
    presented_factor::{RightFactor, check_factor, check_passkey, presented, record_wrong_factor},
    token_response::token_response,
};
use crate::{
    clock::Moment,
    http::{
        caller::Caller, client_info::ClientInfo, error::Error, invalid_fields::InvalidField, json::Json,
        language::LanguagePreference, refusal_events, sessions,
    },
    login::{
        attempt::Attempt,
        challenges::Binding,
        factors::PresentedFactor,
        password_hasher::{HashingPlace, Priority},
    },
    model::{
        authentication::Authentication, password::Password, rate_limit::RateLimitKey, session::Session, user::User,
    },
    sessions::{authenticate, expiry},
    state::AppState,
    store::{ConfirmOutcome, Confirmation, WrongConfirmation},
    webauthn::UserVerification,
};

/// Prove again who you are, for what answers with `step_up_required`: with the password, and a second factor if the account requires
/// one; or with a passkey alone, whose authenticator verifies the user.
///
/// Returns a new access token, unless a session cookie replaces tokens. Moves neither the end of the session nor, under
/// `banking`, that of the access token; sets no cookie and returns no refresh token.
#[utoipa::path(post, path = "/api/auth/confirm", tag = "auth", request_body = api::Confirm,
    security(("access_token" = [])), responses(
    (status = 200, description = "Confirmed; `auth_time`, `acr` and `amr` of this session are those of this proof", body = TokenResponse),
    (status = 401, description = "`invalid_credentials`: wrong password or passkey; `second_factor_invalid`; `second_factor_required`: send a \
        factor of one of `methods` with the password; `session_ended` with `too_many_confirmations`: the fifth wrong confirmation in \
        a row; otherwise see `GET /api/me`", body = Problem),
    (status = 422, description = "`invalid_input`: more than one factor", body = Problem),
    (status = 429, description = "`too_many_attempts`", body = Problem),
    (status = 503, description = "`busy`: too many passwords are waiting to be hashed", body = Problem),
))]
pub async fn confirm(
    State(app): State<AppState>,
    client: ClientInfo,
    headers: HeaderMap,
    caller: Caller,
    Json(form): Json<api::Confirm>,
) -> Result<Json<TokenResponse>, Error> {
    let language = LanguagePreference::of(&app.config, &headers).language();
    if let Some(passkey) = &form.passkey {
        if form.password.is_some() || form.totp.is_some() || form.recovery_code.is_some() {
            return Err(Error::field("passkey", InvalidField::SecondFactors));
        }
        return confirm_with_passkey(&app, &caller, passkey, (&client, language)).await;
    }
    let presented = presented(form.totp.as_deref(), form.recovery_code.as_deref())?;
    let password = form.password.as_deref().map(|text| Password::parse(text).ok_or(Error::InvalidCredentials));
    let password = password.transpose()?;
    let hashing = app.password_hasher.reserve(Priority::Known)?;
    let user = user_to_confirm(&app, &caller).await?;
    let Some(password) = password else { return Err(proof_required(&app, &user).await) };
    let from = (&client, language);
    let mut limits = check_password(&app, &caller, &user, (password, hashing), &client).await?;
    let right = check_second_factor(&app, &caller, &user, presented.as_ref(), from).await?;
    limits.extend(right.iter().flat_map(|right| right.limits.clone()));

    let now = app.clock.now();
    let confirmation = Confirmation {
        user: &user,
        session_id: &caller.session_id,
        authentication: &match &right {
            Some(right) => Authentication::with_second_factor(right.factor.proof.kind(), now),
            None => Authentication::with_password(now),
        },
        factor: right.as_ref().map(|right| &right.factor),
        limits: &limits,
    };
    match app.store.confirm_session(&confirmation, (&client.actor(), now)).await? {
        ConfirmOutcome::FactorUsed => Err(wrong_factor(&app, &caller, &user, from).await),
        outcome => confirmed(&app, &caller, user, outcome, now).await,
    }
}

/// A passkey whose authenticator verifies the user proves as much as all other factors together.
async fn confirm_with_passkey(
    app: &AppState,
    caller: &Caller,
    passkey: &PasskeyAssertion,
    from: (&ClientInfo, Language),
) -> Result<Json<TokenResponse>, Error> {
    let user = user_to_confirm(app, caller).await?;
    let binding = Binding { purpose: ChallengePurpose::Confirm, subject: &user.id.0 };
    let Some(right) = check_passkey(app, &user, (passkey, &binding, UserVerification::Required), from).await? else {
        return Err(wrong_confirmation(app, caller, from.0, Error::InvalidCredentials).await);
    };
    let now = app.clock.now();
    let confirmation = Confirmation {
        user: &user,
        session_id: &caller.session_id,
        authentication: &Authentication::with_passkey(now),
        factor: Some(&right.factor),
        limits: &right.limits,
    };
    match app.store.confirm_session(&confirmation, (&from.0.actor(), now)).await? {
        ConfirmOutcome::FactorUsed => Err(wrong_confirmation(app, caller, from.0, Error::InvalidCredentials).await),
        outcome => confirmed(app, caller, user, outcome, now).await,
    }
}

/// The user of a live session, who is going to prove who they are.
async fn user_to_confirm(app: &AppState, caller: &Caller) -> Result<User, Error> {
    app.limiter.spend(Attempt::Write { session_id: &caller.session_id }).await?;
    let user = app.store.user(&caller.user_id).await?;
    let session = app.store.session(&caller.session_id).await?;
    let (Some(user), Some(session)) = (user.filter(|user| user.disabled_at.is_none()), session) else {
        return Err(sessions::caller_session_ended(app, caller, app.clock.now()).await);
    };
    active_session(app, caller, &user.roles, session, app.clock.now()).await?;
    Ok(user)
}

/// The response to a right proof.
async fn confirmed(
    app: &AppState,
    caller: &Caller,
    user: User,
    outcome: ConfirmOutcome,
    now: Moment,
) -> Result<Json<TokenResponse>, Error> {
    match outcome {
        ConfirmOutcome::Confirmed(session) => {
            app.sessions.bar_user(&user.id).await;
            let session = active_session(app, caller, &user.roles, *session, now).await?;
            token_response(app, user.into(), session, None, now).map(Json)
        }
        ConfirmOutcome::CallerEnded => Err(sessions::caller_session_ended(app, caller, now).await),
        ConfirmOutcome::Outdated | ConfirmOutcome::FactorUsed => Err(Error::InvalidCredentials),
    }
}

/// Returns the limits that a success makes full again.
async fn check_password(
    app: &AppState,
    caller: &Caller,
    user: &User,
    (password, hashing): (Password, HashingPlace),
    client: &ClientInfo,
) -> Result<Vec<RateLimitKey>, Error> {
    let attempt = app.limiter.start(Attempt::CurrentPassword { session_id: &caller.session_id }).await;
    let attempt = attempt.inspect_err(|error| refusal_events::record_rate_limit(app, error, &user.email, client))?;
    if !hashing.matches(password, Some(&user.password_hash)).await? {
        attempt.count();
        return Err(wrong_confirmation(app, caller, client, Error::InvalidCredentials).await);
    }
    Ok(attempt.stored_keys().to_vec())
}

/// `None` for an account that requires no second factor.
async fn check_second_factor(
    app: &AppState,
    caller: &Caller,
    user: &User,
    presented: Option<&PresentedFactor<'_>>,
    from: (&ClientInfo, Language),
) -> Result<Option<RightFactor>, Error> {
    let Some(presented) = presented else {
        // A factor proves more than the password, also where it is not required.
        return if user.has_second_step { Err(proof_required(app, user).await) } else { Ok(None) };
    };
    match check_factor(app, user, presented, from).await? {
        Some(right) => Ok(Some(right)),
        None => Err(wrong_factor(app, caller, user, from).await),
    }
}

/// Parts of the proof that the account requires are missing.
async fn proof_required(app: &AppState, user: &User) -> Error {
    if !user.has_second_step {
        return Error::InvalidCredentials;
    }
    match app.store.second_factors(&user.id, app.rp_id()).await {
        Ok(methods) => Error::SecondFactorRequired { methods, ticket: None },
        Err(error) => error.into(),
    }
}

/// Counts a wrong second factor, for the account and for the session.
async fn wrong_factor(app: &AppState, caller: &Caller, user: &User, from: (&ClientInfo, Language)) -> Error {
    if let Err(error) = record_wrong_factor(app, user, from, app.clock.now()).await {
        return error;
    }
    wrong_confirmation(app, caller, from.0, Error::SecondFactorInvalid).await
}

/// The session as it is now, if the next refresh would not end it: a role with a stricter policy must not get an access token
/// here. A confirmation is no use of the session.
async fn active_session(
    app: &AppState,
    caller: &Caller,
    roles: &[String],
    session: Session,
    now: Moment,
) -> Result<Session, Error> {
    let policy = app.policies.for_roles(roles);
    if !session.permitted_under(policy) {
        let end = authenticate::end_by_policy(&app.sessions, &session.id, now).await?;
        return Err(caller.session_ended(end));
    }
    let session = app.sessions.current(session, now).clamped_to(policy);
    // Room for an access token, which has whole seconds.
    if session.expires_or_idles_at().seconds() > now.seconds() {
        return Ok(session);
    }
    match expiry::end_of(&app.sessions, &session.id, now).await? {
        Some(end) => Err(caller.session_ended(end)),
        None => Err(Error::Unavailable("the last use of the session is not in the database yet".into())),
    }
}

/// Counts a wrong password or factor. The last one in a row ends the session, on every node.
async fn wrong_confirmation(app: &AppState, caller: &Caller, client: &ClientInfo, error: Error) -> Error {
    let now = app.clock.now();
    let session = (&caller.user_id, &caller.session_id);
    match app.store.record_wrong_confirmation(session, &client.actor(), now).await {
        Ok(WrongConfirmation::Counted) => error,
        Ok(WrongConfirmation::Ended(ended)) => {
            let end = ended.end.clone();
            app.revocations.add([ended]).await;
            caller.session_ended(end)
        }
        Ok(WrongConfirmation::CallerEnded) => sessions::caller_session_ended(app, caller, now).await,
        Err(error) => error.into(),
    }
}
