//! A new password, set with the token of a link: with the API or with the form of the page.

use app::Language;
use axum::{
    extract::State,
    http::{HeaderMap, StatusCode},
};
use doorward_api::{Problem, Reset};

use super::presented_factor::{RightFactor, check_factor, presented};
use crate::{
    http::{
        client_info::ClientInfo, error::Error, invalid_fields::InvalidField, json::Json, language::LanguagePreference,
    },
    login::{attempt::Attempt, factors::PresentedFactor, password_hasher::Priority},
    mail::{letters::Cause, reset_link::is_mailed},
    model::{
        password::{Password, PasswordError},
        ticket::{Ticket, TicketPurpose, TicketToken},
        user::User,
    },
    state::AppState,
    store::{NewPassword, ResetOutcome},
};

/// Set a new password with the token of a link from a mail, and a second factor if the account requires one. Ends all sessions, and
/// starts none.
#[utoipa::path(post, path = "/api/auth/reset", tag = "auth", request_body = Reset, responses(
    (status = 204, description = "The password is set; all sessions have ended and the email is verified"),
    (status = 401, description = "`second_factor_invalid`: nothing has changed; the token can be used again until the fifth wrong factor", body = Problem),
    (status = 404, description = "`not_found`: this server sends no mails", body = Problem),
    (status = 422, description = "`ticket_invalid`: the token is unknown, used, expired or superseded; `invalid_input`: the \
        password does not meet the rules, or the account requires a second factor and there is none; the token can be used again", body = Problem),
    (status = 429, description = "`too_many_attempts`", body = Problem),
    (status = 503, description = "`busy`: too many passwords are waiting to be hashed", body = Problem),
))]
pub async fn reset(
    State(app): State<AppState>,
    client: ClientInfo,
    headers: HeaderMap,
    Json(form): Json<Reset>,
) -> Result<StatusCode, Error> {
    let language = LanguagePreference::of(&app.config, &headers).language();
    let factor = presented(form.totp.as_deref(), form.recovery_code.as_deref())?;
    let form = NewPasswordForm { token: &form.token, password: &form.password, factor, factor_field: "totp" };
    set_password(&app, &client, language, &form).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The valid ticket of a link to set a new password, and its user.
pub async fn reset_ticket(app: &AppState, token: &str) -> Result<(Ticket, User), Error> {
    let token = TicketToken::parse(token).ok_or_else(|| invalid_ticket(app))?;
    let ticket = app.store.ticket(&token.hash(), TicketPurpose::Reset, app.clock.now()).await?;
    let ticket = ticket.ok_or_else(|| invalid_ticket(app))?;
    let user = match &ticket.user_id {
        Some(user_id) => app.store.user(user_id).await?,
        None => None,
    };
    Ok((ticket, user.ok_or_else(|| invalid_ticket(app))?))
}

/// Without mails, links come from the operator alone: the server is as if it had none.
fn invalid_ticket(app: &AppState) -> Error {
    if app.mailer.is_on() { Error::TicketInvalid } else { Error::NotFound }
}

/// A new password, and what allows to set it.
pub struct NewPasswordForm<'a> {
    pub token: &'a str,
    pub password: &'a str,
    pub factor: Option<PresentedFactor<'a>>,
    /// The field that is invalid if the account requires a factor and there is none.
    pub factor_field: &'a str,
}

/// Sets a new password, which must meet all rules. Until it does, the token can be used again.
pub async fn set_password(
    app: &AppState,
    client: &ClientInfo,
    language: Language,
    form: &NewPasswordForm<'_>,
) -> Result<(), Error> {
    let (ticket, user) = reset_ticket(app, form.token).await?;
    let refused = |error: PasswordError| Error::field("password", error);
    let new = Password::of_length(form.password, app.config.password_min_length).map_err(refused)?;
    let presented = form.factor.as_ref().filter(|_| user.has_second_step);
    if user.has_second_step && presented.is_none() {
        return Err(Error::field(form.factor_field, InvalidField::SecondFactor));
    }
    let hashing = app.password_hasher.reserve(Priority::Known)?;
    app.limiter.spend(Attempt::ChangePassword { user_id: &user.id }).await?;
    new.check_guessable(&user.name, user.email.as_str()).map_err(refused)?;
    app.config.breached_passwords.check(&new, &app.metrics).await.map_err(refused)?;
    // Before the comparison with the present password, which would reveal whether it is that one.
    let right = match presented {
        Some(presented) => Some(check_reset_factor(app, &ticket, &user, presented, (client, language)).await?),
        None => None,
    };
    if hashing.matches(new.clone(), Some(&user.password_hash)).await? {
        return Err(Error::field("password", InvalidField::PasswordUnchanged));
    }

    let hash = hashing.hash(new).await?;
    let now = app.clock.now();
    let verified_at = is_mailed(&ticket.details).then_some(now);
    let verified = User { email_verified_at: user.email_verified_at.or(verified_at), ..user.clone() };
    let factors = app.store.second_factors(&user.id, app.rp_id()).await?;
    let cause = Cause::ResetDone { device: &client.device, factors: &factors };
    let notice = app.notices().compose(&cause, &verified, language, now);
    let reset = NewPassword {
        user: &user,
        ticket: &ticket.hash,
        hash: &hash,
        verified_at,
        factor: right.as_ref().map(|right| &right.factor),
        limits: right.as_ref().map_or(&[], |right| &right.limits),
        notice: notice.as_ref(),
    };
    match app.store.reset_password(&reset, (&client.actor(), now)).await? {
        ResetOutcome::Done(ended) => app.revocations.add(ended).await,
        ResetOutcome::TicketInvalid => return Err(invalid_ticket(app)),
        ResetOutcome::FactorUsed => return Err(wrong_factor(app, &ticket, &user, client).await),
    }
    Ok(())
}

/// Checks the second factor of a reset. A wrong one counts for the account, and the last one ends the ticket.
async fn check_reset_factor(
    app: &AppState,
    ticket: &Ticket,
    user: &User,
    presented: &PresentedFactor<'_>,
    from: (&ClientInfo, Language),
) -> Result<RightFactor, Error> {
    match check_factor(app, user, presented, from).await? {
        Some(right) => Ok(right),
        None => Err(wrong_factor(app, ticket, user, from.0).await),
    }
}

async fn wrong_factor(app: &AppState, ticket: &Ticket, user: &User, client: &ClientInfo) -> Error {
    let by = (&client.actor(), app.clock.now());
    let recorded = app.store.record_wrong_reset_factor(&user.id, &ticket.hash, by).await;
    recorded.err().map_or(Error::SecondFactorInvalid, Error::from)
}
