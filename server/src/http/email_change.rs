//! `/api/account/email`: a new email, which its code proves. Nothing changes before.

use app::Language;
use axum::{
    extract::State,
    http::{HeaderMap, StatusCode},
};
use doorward_api::{ChangeEmail, ConfirmEmailChange, PendingEmailChange, Problem};

use super::{
    account::user_of, auth::mail_code, caller::Caller, client_info::ClientInfo, json::Json, role::CallerWith,
    sessions::caller_session_ended, step_up::Recent,
};
use crate::{
    http::{
        error::Error,
        invalid_fields::{InvalidField, InvalidFields},
        language::LanguagePreference,
    },
    login::attempt::Attempt,
    mail::letters::{Cause, email_change_code},
    model::{
        credential::CredentialHash,
        email::Email,
        registration::{CODE_LIFETIME, Code, MAX_FAILURES},
        ticket::{TicketPurpose, TicketToken},
        user::User,
    },
    state::AppState,
    store::{EmailChangeOutcome, NewEmail},
    users::email_change::PendingChange,
};

/// Send a code to a new address, and another one to the present address if the server requires it.
///
/// The response is the same whether or not another account has the new address. Replaces an earlier request.
#[utoipa::path(post, path = "/api/account/email", tag = "account", request_body = ChangeEmail,
    security(("access_token" = [])), responses(
    (status = 202, description = "A code is on its way to the new address", body = PendingEmailChange),
    (status = 401, description = "`step_up_required`: call `POST /api/auth/confirm` first; no valid credential: see `GET /api/me`", body = Problem),
    (status = 404, description = "`not_found`: this server sends no mails", body = Problem),
    (status = 422, description = "`invalid_input`: not an email address, the present one, or one of a domain that is not allowed", body = Problem),
    (status = 429, description = "`too_many_attempts`", body = Problem),
))]
pub async fn change_email(
    State(app): State<AppState>,
    client: ClientInfo,
    headers: HeaderMap,
    CallerWith { caller, .. }: CallerWith<Recent>,
    Json(form): Json<ChangeEmail>,
) -> Result<(StatusCode, Json<PendingEmailChange>), Error> {
    require_mail(&app)?;
    let email = Email::parse(&form.email).ok_or_else(|| Error::field("email", InvalidField::Email))?;
    app.limiter.spend(Attempt::Write { session_id: &caller.session_id }).await?;
    let user = user_of(&app, &caller).await?;
    check(&app, &user, &email)?;
    app.limiter.spend(Attempt::ChangeEmail { user_id: &user.id }).await?;

    let (now, language) = (app.clock.now(), language(&app, &headers));
    let token = TicketToken::generate();
    let hash = token.hash();
    let letter = |code: &Code| email_change_code(&app.config.brand_name, code, language, now);
    let (code, mail) = mail_code(&app, (&email, &hash), letter, (client.ip, language, now)).await?;
    // An address that was never proved may belong to a stranger, whose consent is not needed.
    let needs_old_code =
        app.config.email_change.needs_old_code(user.has_second_step) && user.email_verified_at.is_some();
    let old_code = needs_old_code.then(Code::generate);
    let asked = Cause::EmailChangeAsked { device: &client.device, code: old_code.as_ref() };
    let notice = app.notices().compose(&asked, &user, language, now);
    let old_code = old_code.map(|code| app.mail_codes.issue(&hash, &code, now));

    let ticket = PendingChange::new(email, code, old_code, now).ticket(
        (&token, TicketPurpose::EmailChange),
        &user,
        &app.ticket_sealer,
        now,
    );
    let (from, by) = ((&user.id, &caller.session_id), (&client.actor(), now));
    if !app.store.ask_email_change(&ticket, (&mail, notice.as_ref()), from, by).await? {
        return Err(caller_session_ended(&app, &caller, now).await);
    }
    let ticket = token.reveal().to_owned();
    let pending = PendingEmailChange { ticket, expires_in: CODE_LIFETIME.as_secs(), needs_old_code };
    Ok((StatusCode::ACCEPTED, Json(pending)))
}

/// Change the email to the address that the code has proved. The session continues.
///
/// For 7 days, the mail to the address before the change can undo it.
#[utoipa::path(put, path = "/api/account/email", tag = "account", request_body = ConfirmEmailChange,
    security(("access_token" = [])), responses(
    (status = 204, description = "The email is changed and verified"),
    (status = 401, description = "`step_up_required`: call `POST /api/auth/confirm` first; no valid credential: see `GET /api/me`", body = Problem),
    (status = 404, description = "`not_found`: this server sends no mails", body = Problem),
    (status = 422, description = "`code_invalid`, with `tries_left`; `ticket_invalid`: ask again; `invalid_input`", body = Problem),
    (status = 429, description = "`too_many_attempts`", body = Problem),
))]
pub async fn confirm_email(
    State(app): State<AppState>,
    client: ClientInfo,
    headers: HeaderMap,
    CallerWith { caller, .. }: CallerWith<Recent>,
    Json(form): Json<ConfirmEmailChange>,
) -> Result<StatusCode, Error> {
    require_mail(&app)?;
    let ticket = TicketToken::parse(&form.ticket).ok_or(Error::TicketInvalid)?.hash();
    app.limiter.spend(Attempt::Write { session_id: &caller.session_id }).await?;
    let user = user_of(&app, &caller).await?;
    let change = proved_change(&app, &caller, (&ticket, TicketPurpose::EmailChange), &form).await?;

    let (now, language) = (app.clock.now(), language(&app, &headers));
    let changed = User { email: change.email.clone(), email_verified_at: Some(now), ..user.clone() };
    let changed = User { factors_version: user.factors_version + 1, ..changed };
    let device = &client.device;
    let to_old = app.notices().compose(&Cause::EmailReplaced { device }, &user, language, now);
    let to_new = app.notices().compose(&Cause::EmailChanged { device }, &changed, language, now);
    let notices = [to_old.as_ref(), to_new.as_ref()];
    let session = &caller.session_id;
    let new = NewEmail { ticket: &ticket, user: &user, email: &change.email, notices, session };
    match app.store.change_email(&new, (&client.actor(), now)).await? {
        EmailChangeOutcome::Done => Ok(StatusCode::NO_CONTENT),
        EmailChangeOutcome::TicketInvalid => Err(Error::TicketInvalid),
        EmailChangeOutcome::CallerEnded => Err(caller_session_ended(&app, &caller, now).await),
    }
}

/// Cancel the request to change the email. Idempotent: also without one.
#[utoipa::path(delete, path = "/api/account/email", tag = "account", security(("access_token" = [])), responses(
    (status = 204, description = "Nothing is pending any more; the email stays"),
    (status = 401, description = "No valid credential: see `GET /api/me`", body = Problem),
    (status = 404, description = "`not_found`: this server sends no mails", body = Problem),
    (status = 429, description = "`too_many_attempts`", body = Problem),
))]
pub async fn cancel_email_change(State(app): State<AppState>, caller: Caller) -> Result<StatusCode, Error> {
    require_mail(&app)?;
    app.limiter.spend(Attempt::Write { session_id: &caller.session_id }).await?;
    app.store.cancel_email_change(&caller.user_id).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(super) fn require_mail(app: &AppState) -> Result<(), Error> {
    if app.mailer.is_on() { Ok(()) } else { Err(Error::NotFound) }
}

pub(super) fn language(app: &AppState, headers: &HeaderMap) -> Language {
    LanguagePreference::of(&app.config, headers).language()
}

/// Where only some domains can be registered, a change leads to no other, either; but it may stay within a domain.
fn check(app: &AppState, user: &User, email: &Email) -> Result<(), Error> {
    if *email == user.email {
        return Err(Error::field("email", InvalidField::EmailUnchanged));
    }
    let domains = &app.config.registration_domains;
    let is_allowed = domains.is_empty()
        || email.domain() == user.email.domain()
        || domains.iter().any(|domain| domain == email.domain());
    if is_allowed { Ok(()) } else { Err(Error::field("email", InvalidField::EmailDomain)) }
}

/// What a ticket of the caller is for, if the codes are right. The fifth wrong try ends it.
pub(super) async fn proved_change(
    app: &AppState,
    caller: &Caller,
    (ticket, purpose): (&CredentialHash, TicketPurpose),
    form: &ConfirmEmailChange,
) -> Result<PendingChange, Error> {
    let now = app.clock.now();
    let stored = app.store.ticket(ticket, purpose, now).await?;
    let stored = stored.filter(|stored| stored.user_id.as_ref() == Some(&caller.user_id));
    let change =
        stored.and_then(|stored| PendingChange::open(&stored, &app.ticket_sealer)).ok_or(Error::TicketInvalid)?;
    let (code, old_code) = codes(form, change.needs_old_code())?;

    let failures =
        app.store.count_ticket_code(ticket, purpose, MAX_FAILURES, now).await?.ok_or(Error::TicketInvalid)?;
    if change.matches(&app.mail_codes, ticket, (&code, old_code.as_ref()), now) {
        return Ok(change);
    }
    let tries_left = MAX_FAILURES.saturating_sub(failures);
    if tries_left == 0 {
        app.store.cancel_ticket(ticket).await?;
    }
    Err(Error::CodeInvalid { tries_left })
}

/// The codes of a form. What is no code is no try.
fn codes(form: &ConfirmEmailChange, needs_old_code: bool) -> Result<(Code, Option<Code>), Error> {
    let parse = |text: &str| {
        let malformed = if text.trim().is_empty() { InvalidField::Missing } else { InvalidField::Code };
        Code::parse(text).ok_or(malformed)
    };
    let (code, old_code) = (parse(&form.code), needs_old_code.then(|| parse(&form.old_code)).transpose());
    match (code, old_code) {
        (Ok(code), Ok(old_code)) => Ok((code, old_code)),
        (code, old_code) => {
            let errors = [("code", code.err()), ("old_code", old_code.err())];
            let errors = errors.into_iter().filter_map(|(field, reason)| Some((field.to_owned(), reason?)));
            Err(Error::InvalidInput(errors.collect::<InvalidFields>()))
        }
    }
}
