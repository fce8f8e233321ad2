//! Registration with a code that is sent to the address. Whether an account with the address exists is visible in that mailbox
//! alone: the response, the rows and the work are the same.

use axum::{extract::State, http::StatusCode};
use doorward_api::{ConfirmRegistration, PendingRegistration, Problem, ResendCode, TokenResponse};
use serde::{Deserialize, Serialize};

use super::{
    browser::Browser,
    mail_code::mail_code,
    new_account::{Entered, require_open},
    start_session::{NewBy, start_first_session},
    token_response::policy,
};
use crate::{
    clock::Moment,
    http::{cookies::SetCookies, error::Error, invalid_fields::InvalidField, json::Json},
    login::{
        attempt::{Attempt, CODES_WINDOW},
        password_hasher::Priority,
    },
    mail::letters,
    model::{
        credential::CredentialHash,
        email::Email,
        mail::OutgoingMail,
        password::PasswordHash,
        registration::{
            CODE_LIFETIME, Code, MAX_FAILURES, NewRegistration, RESEND_PAUSE, Registration, SentCode, SentCodes,
        },
        ticket::TicketToken,
        user::User,
    },
    state::AppState,
};

/// What waits for the code, encrypted.
#[derive(Deserialize, Serialize)]
struct Details {
    name: String,
    password_hash: PasswordHash,
}

/// Stores a registration, and sends its code.
pub async fn begin(app: &AppState, browser: &Browser, entered: Entered) -> Result<PendingRegistration, Error> {
    let hashing = app.password_hasher.reserve(Priority::Unknown)?;
    app.limiter.spend(Attempt::Register { ip: browser.client.ip }).await?;
    entered.check_password(app).await?;
    let Entered { email, name, password } = entered;
    let details = Details { name: name.as_str().to_owned(), password_hash: hashing.hash(password).await? };
    let details = serde_json::to_vec(&details).expect("text can be serialized");

    let now = app.clock.now();
    let token = TicketToken::generate();
    let ticket = token.hash();
    let (code, mail) = registration_mail(app, browser, &email, &ticket, now).await?;
    let details = app.ticket_sealer.seal(ticket.as_str(), &details);
    let codes = SentCodes::default().with(code, now);
    let new = NewRegistration { ticket, email, details, codes };
    app.store.begin_registration(&new, &mail, now).await?;
    Ok(pending(token.reveal().to_owned()))
}

/// Create the account of a registration with the code from the mail, and log in.
#[utoipa::path(post, path = "/api/auth/register/confirm", tag = "auth", request_body = ConfirmRegistration, responses(
    (status = 201, description = "Registered and logged in; the credential cookie is set", body = TokenResponse),
    (status = 403, description = "`registration_closed`: by invitation only, or not at all", body = Problem),
    (status = 422, description = "`code_invalid`, with `tries_left`; `ticket_invalid`: start again; `invalid_input`", body = Problem),
    (status = 429, description = "`too_many_attempts`: too many codes for this email", body = Problem),
))]
pub async fn confirm_registration(
    State(app): State<AppState>,
    browser: Browser,
    Json(form): Json<ConfirmRegistration>,
) -> Result<(StatusCode, SetCookies, Json<TokenResponse>), Error> {
    let (cookies, response) = finish(&app, &browser, &form).await?;
    Ok((StatusCode::CREATED, cookies, Json(response)))
}

/// Creates an account whose address the code has proved, and starts its first session.
pub async fn finish(
    app: &AppState,
    browser: &Browser,
    form: &ConfirmRegistration,
) -> Result<(SetCookies, TokenResponse), Error> {
    require_open(app)?;
    policy(app, &[], browser)?;
    let ticket = TicketToken::parse(&form.ticket).ok_or(Error::TicketInvalid)?.hash();
    let malformed = if form.code.trim().is_empty() { InvalidField::Missing } else { InvalidField::Code };
    let code = Code::parse(&form.code).ok_or_else(|| Error::field("code", malformed))?;
    let now = app.clock.now();
    let registration = try_code(app, &ticket, &code, now).await?;
    let user = proved_user(app, &ticket, registration, now).ok_or(Error::TicketInvalid)?;

    let started = start_first_session(app, browser, user, NewBy::Code(&ticket), now).await?;
    started.ok_or(Error::WebAssemblyRequired)
}

/// The registration, if the code is one of its codes.
async fn try_code(app: &AppState, ticket: &CredentialHash, code: &Code, now: Moment) -> Result<Registration, Error> {
    let pending = app.store.registration(ticket, now).await?.ok_or(Error::TicketInvalid)?;
    if !app.limiter.may_try_code(&pending.email).await? {
        return Err(Error::TooManyAttempts { retry_after: CODES_WINDOW });
    }
    let registration = app.store.count_code(ticket, now).await?.ok_or(Error::TicketInvalid)?;
    if app.mail_codes.matches(ticket, code, &registration.codes, now) {
        return Ok(registration);
    }
    let tries_left = MAX_FAILURES.saturating_sub(registration.failures);
    if tries_left == 0 {
        app.store.end_registration(ticket).await?;
    }
    Err(Error::CodeInvalid { tries_left })
}

/// `None` when the master secret has been replaced since.
fn proved_user(app: &AppState, ticket: &CredentialHash, registration: Registration, now: Moment) -> Option<User> {
    let details = app.ticket_sealer.open(ticket.as_str(), &registration.details)?;
    let Details { name, password_hash } = serde_json::from_slice(&details).ok()?;
    let user = User::new(registration.email, &name, password_hash, now);
    Some(User { email_verified_at: Some(now), ..user })
}

/// Send a new code for a registration. The codes before it stay valid for their own time.
#[utoipa::path(post, path = "/api/auth/register/resend", tag = "auth", request_body = ResendCode, responses(
    (status = 202, description = "A new code is on its way to the email", body = PendingRegistration),
    (status = 403, description = "`registration_closed`: by invitation only, or not at all", body = Problem),
    (status = 422, description = "`ticket_invalid`: start again", body = Problem),
    (status = 429, description = "`too_many_attempts`: the last code was sent less than 30 seconds ago", body = Problem),
))]
pub async fn resend_code(
    State(app): State<AppState>,
    browser: Browser,
    Json(form): Json<ResendCode>,
) -> Result<(StatusCode, Json<PendingRegistration>), Error> {
    Ok((StatusCode::ACCEPTED, Json(resend(&app, &browser, form.ticket).await?)))
}

/// Sends a new code.
pub async fn resend(app: &AppState, browser: &Browser, token: String) -> Result<PendingRegistration, Error> {
    require_open(app)?;
    let ticket = TicketToken::parse(&token).filter(|_| app.mailer.is_on()).ok_or(Error::TicketInvalid)?.hash();
    let now = app.clock.now();
    let registration = app.store.registration(&ticket, now).await?.ok_or(Error::TicketInvalid)?;
    let elapsed = now.since(registration.sent_at);
    if let Some(retry_after) = RESEND_PAUSE.checked_sub(elapsed).filter(|wait| !wait.is_zero()) {
        return Err(Error::TooManyAttempts { retry_after });
    }
    // `None`: another request has just done it.
    let just_sent = Error::TooManyAttempts { retry_after: RESEND_PAUSE };
    let Some(registration) = app.store.claim_code(&ticket, RESEND_PAUSE, now).await? else { return Err(just_sent) };
    let (code, mail) = registration_mail(app, browser, &registration.email, &ticket, now).await?;
    let codes = registration.codes.with(code, now);
    if !app.store.add_code(&ticket, &registration.codes, &codes, &mail, now).await? {
        return Err(Error::TicketInvalid);
    }
    Ok(pending(token))
}

async fn registration_mail(
    app: &AppState,
    browser: &Browser,
    email: &Email,
    ticket: &CredentialHash,
    now: Moment,
) -> Result<(SentCode, OutgoingMail), Error> {
    let (ip, language) = (browser.client.ip, browser.language);
    let letter = |code: &Code| letters::registration::code(code, &app.public_url, now, language);
    mail_code(app, (email, ticket), letter, (ip, language, now)).await
}

fn pending(ticket: String) -> PendingRegistration {
    PendingRegistration { ticket, expires_in: CODE_LIFETIME.as_secs(), resend_in: RESEND_PAUSE.as_secs() }
}
