//! The second step of a login, with the API or with the form of the page: one path decides, two answer.

use axum::extract::State;
use doorward_api::{ChallengePurpose, Problem, SecondFactor, TokenResponse};

use super::{
    browser::Browser,
    presented_factor::{SentFactor, check_factor, check_passkey, record_wrong_factor, sent_factor},
    start_session::{UsedUp, start_session},
    token_response::policy,
};
use crate::{
    clock::Moment,
    http::{cookies::SetCookies, error::Error, invalid_fields::InvalidField, json::Json},
    login::{challenges::Binding, proven::Proven},
    model::{pending_login::SECOND_STEP_LIFETIME, rate_limit::RateLimitKey, ticket::TicketToken, user::User},
    state::AppState,
    webauthn::UserVerification,
};

/// Exchange the ticket of a login, whose password was right, and a second factor for a session.
#[utoipa::path(post, path = "/api/auth/login/factor", tag = "auth", request_body = SecondFactor, responses(
    (status = 200, description = "Logged in; the credential cookie is set", body = TokenResponse),
    (status = 401, description = "`second_factor_invalid`: wrong, expired or used; the ticket can be used again until the fifth \
        wrong factor of the account", body = Problem),
    (status = 422, description = "`ticket_invalid`: unknown, used, expired, or from before a change of the account: log in again; \
        `invalid_input`: not exactly one factor", body = Problem),
    (status = 429, description = "`too_many_attempts`: too many wrong factors of this kind", body = Problem),
))]
pub async fn second_factor(
    State(app): State<AppState>,
    browser: Browser,
    Json(form): Json<SecondFactor>,
) -> Result<(SetCookies, Json<TokenResponse>), Error> {
    let sent = sent_factor(form.totp.as_deref(), form.recovery_code.as_deref(), form.passkey.as_ref())?;
    let sent = sent.ok_or_else(|| Error::field("totp", InvalidField::SecondFactor))?;
    let (cookies, response) = finish_login(&app, &browser, &form.ticket, &sent).await?;
    Ok((cookies, Json(response)))
}

/// Makes a login wait for its second factor. Returns the error that says so.
pub async fn require_second_factor(
    app: &AppState,
    browser: &Browser,
    user: &User,
    limits: &[RateLimitKey],
    now: Moment,
) -> Result<Error, Error> {
    policy(app, &user.roles, browser)?;
    let token = TicketToken::generate();
    if !app.store.begin_second_step(&token.hash(), user, limits, now).await? {
        return Err(Error::InvalidCredentials);
    }
    let methods = app.store.second_factors(&user.id, app.rp_id()).await?;
    Ok(Error::SecondFactorRequired { methods, ticket: Some((token.reveal().to_owned(), SECOND_STEP_LIFETIME)) })
}

/// Checks the second factor of a login, and starts its session.
pub async fn finish_login(
    app: &AppState,
    browser: &Browser,
    ticket: &str,
    sent: &SentFactor<'_>,
) -> Result<(SetCookies, TokenResponse), Error> {
    let ticket = TicketToken::parse(ticket).ok_or(Error::TicketInvalid)?.hash();
    let pending = app.store.pending_login(&ticket, app.clock.now()).await?.ok_or(Error::TicketInvalid)?;
    let user = app.store.user(&pending.user_id).await?.ok_or(Error::TicketInvalid)?;
    let from = (&browser.client, browser.language);
    let right = match sent {
        SentFactor::Code(code) => check_factor(app, &user, code, from).await?,
        SentFactor::Passkey(passkey) => {
            let binding = Binding { purpose: ChallengePurpose::SecondFactor, subject: ticket.as_str() };
            // The password is the other factor.
            check_passkey(app, &user, (passkey, &binding, UserVerification::Optional), from).await?
        }
    };
    let Some(right) = right else {
        return Err(wrong_factor(app, browser, &user).await);
    };

    let now = app.clock.now();
    let limits = [pending.limits, right.limits].concat();
    let used_up = UsedUp { limits: &limits, ticket: Some(&ticket), factor: Some(&right.factor) };
    let proven = Proven::with_second_factor(user.clone(), right.factor.proof.kind(), now);
    match start_session(app, browser, proven, &used_up, now).await {
        Err(Error::SecondFactorInvalid) => Err(wrong_factor(app, browser, &user).await),
        started => started,
    }
}

async fn wrong_factor(app: &AppState, browser: &Browser, user: &User) -> Error {
    app.metrics.login(false);
    let recorded = record_wrong_factor(app, user, (&browser.client, browser.language), app.clock.now()).await;
    recorded.err().unwrap_or(Error::SecondFactorInvalid)
}
