//! `/api/account/email/verify`: an account from before addresses were proved catches up. It logs in as ever meanwhile.

use axum::{
    extract::State,
    http::{HeaderMap, StatusCode},
};
use doorward_api::{ConfirmEmailChange, PendingEmailChange, Problem};

use super::{
    account::user_of,
    caller::Caller,
    client_info::ClientInfo,
    email_change::{language, proved_change, require_mail},
    json::Json,
    sessions::caller_session_ended,
};
use crate::{
    http::error::Error,
    login::{attempt::Attempt, mail_codes::MailCodes},
    mail::letters::email_verification_code,
    model::{
        registration::{CODE_LIFETIME, Code},
        ticket::{TicketPurpose, TicketToken},
    },
    state::AppState,
    store::EmailVerificationOutcome,
    users::email_change::PendingChange,
};

/// Send a code to the email of the account, to prove that its user receives mail there. Replaces an earlier one.
///
/// A mail too many to the address is not sent; the response is the same.
#[utoipa::path(post, path = "/api/account/email/verify", tag = "account", security(("access_token" = [])), responses(
    (status = 202, description = "A code is on its way to the email", body = PendingEmailChange),
    (status = 401, description = "No valid credential: see `GET /api/me`", body = Problem),
    (status = 404, description = "`not_found`: the email is verified already, or this server sends no mails", body = Problem),
    (status = 429, description = "`too_many_attempts`", body = Problem),
))]
pub async fn ask_verification(
    State(app): State<AppState>,
    client: ClientInfo,
    headers: HeaderMap,
    caller: Caller,
) -> Result<(StatusCode, Json<PendingEmailChange>), Error> {
    require_mail(&app)?;
    app.limiter.spend(Attempt::Write { session_id: &caller.session_id }).await?;
    let user = user_of(&app, &caller).await?;
    if user.email_verified_at.is_some() {
        return Err(Error::NotFound);
    }
    app.limiter.spend(Attempt::ChangeEmail { user_id: &user.id }).await?;
    let may_mail = app.limiter.may_mail(&user.email, client.ip).await?;

    let (now, token, code) = (app.clock.now(), TicketToken::generate(), Code::generate());
    let hash = token.hash();
    let letter = email_verification_code(&app.config.brand_name, &code, language(&app, &headers), now);
    let (code, mail) = if may_mail {
        let mail = app.mailer.compose(&user.email, Some(&user.id), &letter, Some(&hash));
        (app.mail_codes.issue(&hash, &code, now), mail)
    } else {
        (MailCodes::issue_none(now), app.mailer.compose_decoy(&user.email, &letter, Some(&hash)))
    };
    let pending = PendingChange::new(user.email.clone(), code, None, now);
    let purpose = TicketPurpose::EmailVerification;
    let ticket = pending.ticket((&token, purpose), &user, &app.ticket_sealer, now);
    if !app.store.ask_email_verification(&ticket, &mail, (&user.id, &caller.session_id), now).await? {
        return Err(caller_session_ended(&app, &caller, now).await);
    }
    let ticket = token.reveal().to_owned();
    let pending = PendingEmailChange { ticket, expires_in: CODE_LIFETIME.as_secs(), needs_old_code: false };
    Ok((StatusCode::ACCEPTED, Json(pending)))
}

/// Verify the email of the account with the code from the mail.
#[utoipa::path(put, path = "/api/account/email/verify", tag = "account", request_body = ConfirmEmailChange,
    security(("access_token" = [])), responses(
    (status = 204, description = "The email is verified"),
    (status = 401, description = "No valid credential: see `GET /api/me`", body = Problem),
    (status = 404, description = "`not_found`: this server sends no mails", body = Problem),
    (status = 422, description = "`code_invalid`, with `tries_left`; `ticket_invalid`: ask again; `invalid_input`", body = Problem),
    (status = 429, description = "`too_many_attempts`", body = Problem),
))]
pub async fn verify_email(
    State(app): State<AppState>,
    client: ClientInfo,
    caller: Caller,
    Json(form): Json<ConfirmEmailChange>,
) -> Result<StatusCode, Error> {
    require_mail(&app)?;
    let ticket = TicketToken::parse(&form.ticket).ok_or(Error::TicketInvalid)?.hash();
    app.limiter.spend(Attempt::Write { session_id: &caller.session_id }).await?;
    proved_change(&app, &caller, (&ticket, TicketPurpose::EmailVerification), &form).await?;
    let (from, now) = ((&caller.user_id, &caller.session_id), app.clock.now());
    match app.store.verify_email_with_code(&ticket, from, (&client.actor(), now)).await? {
        EmailVerificationOutcome::Done => Ok(StatusCode::NO_CONTENT),
        EmailVerificationOutcome::TicketInvalid => Err(Error::TicketInvalid),
        EmailVerificationOutcome::CallerEnded => Err(caller_session_ended(&app, &caller, now).await),
    }
}
