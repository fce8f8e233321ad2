//! A new password, set with the token of a link: with the API or with the form of the page.

use app::Language;
use axum::{
    extract::State,
    http::{HeaderMap, StatusCode},
};
use doorward_api::{Problem, Reset};

use crate::{
    http::{
        client_info::ClientInfo, error::Error, invalid_fields::InvalidField, json::Json, language::LanguagePreference,
    },
    login::{attempt::Attempt, password_hasher::Priority},
    mail::{letters::Cause, reset_link::is_mailed},
    model::{
        password::{Password, PasswordError},
        ticket::{Ticket, TicketPurpose, TicketToken},
        user::User,
    },
    state::AppState,
};

/// Set a new password with the token of a link from a mail. Ends all sessions, and starts none.
#[utoipa::path(post, path = "/api/auth/reset", tag = "auth", request_body = Reset, responses(
    (status = 204, description = "The password is set; all sessions have ended and the email is verified"),
    (status = 404, description = "`not_found`: this server sends no mails", body = Problem),
    (status = 422, description = "`ticket_invalid`: the token is unknown, used, expired or superseded; `invalid_input`: the \
        password does not meet the rules, and the token can be used again", body = Problem),
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
    set_password(&app, &client, language, &form.token, &form.password).await?;
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

/// Sets a new password, which must meet all rules. Until it does, the token can be used again.
pub async fn set_password(
    app: &AppState,
    client: &ClientInfo,
    language: Language,
    token: &str,
    password: &str,
) -> Result<(), Error> {
    let (ticket, user) = reset_ticket(app, token).await?;
    let refused = |error: PasswordError| Error::field("password", error);
    let new = Password::of_length(password, app.config.password_min_length).map_err(refused)?;
    let hashing = app.password_hasher.reserve(Priority::Known)?;
    app.limiter.spend(Attempt::ChangePassword { user_id: &user.id }).await?;
    new.check_guessable(&user.name, user.email.as_str()).map_err(refused)?;
    app.config.breached_passwords.check(&new, &app.metrics).await.map_err(refused)?;
    if hashing.matches(new.clone(), Some(&user.password_hash)).await? {
        return Err(Error::field("password", InvalidField::PasswordUnchanged));
    }

    let new = hashing.hash(new).await?;
    let now = app.clock.now();
    let verified_at = is_mailed(&ticket.details).then_some(now);
    let verified = User { email_verified_at: user.email_verified_at.or(verified_at), ..user.clone() };
    let notice = app.notices().compose(&Cause::ResetDone { device: &client.device }, &verified, language, now);
    let actor = client.actor();
    let ended =
        app.store.reset_password(&ticket.hash, &user, &new, verified_at, notice.as_ref(), (&actor, now)).await?;
    app.revocations.add(ended.ok_or_else(|| invalid_ticket(app))?).await;
    Ok(())
}
