//! Registration, with the API or with the form of the page: one path decides, two answer.

use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use doorward_api::{PendingRegistration, Problem, Register, TokenResponse};

use super::{
    browser::Browser,
    new_account::{Entered, entered, require_open},
    registration_code::begin,
    start_session::{NewBy, start_first_session},
    token_response::policy,
};
use crate::{
    http::{cookies::SetCookies, error::Error, invalid_fields::InvalidField, json::Json},
    login::{attempt::Attempt, password_hasher::Priority},
    model::{email::Email, user::User},
    state::AppState,
};

/// What a registration has led to.
pub enum Registration {
    /// The account exists, and its first session has started.
    LoggedIn(SetCookies, Box<TokenResponse>),
    /// The address has to be proved first.
    Pending(PendingRegistration),
}

impl IntoResponse for Registration {
    fn into_response(self) -> Response {
        match self {
            Self::LoggedIn(cookies, response) => (StatusCode::CREATED, cookies, Json(response)).into_response(),
            Self::Pending(pending) => (StatusCode::ACCEPTED, Json(pending)).into_response(),
        }
    }
}

/// Register: send a code to the email or, on a server without mail, create the account and log in.
///
/// With mail, the response is the same whether or not an account with the email exists.
#[utoipa::path(post, path = "/api/auth/register", tag = "auth", request_body = Register, responses(
    (status = 201, description = "Without mail: registered and logged in; the credential cookie is set", body = TokenResponse),
    (status = 202, description = "With mail: a code is on its way to the email", body = PendingRegistration),
    (status = 403, description = "`registration_closed`: by invitation only, or not at all", body = Problem),
    (status = 409, description = "`email_taken`: without mail only", body = Problem),
    (status = 422, description = "`invalid_input`, with a message for each invalid field", body = Problem),
    (status = 429, description = "`too_many_attempts`", body = Problem),
    (status = 503, description = "`busy`: too many passwords are waiting to be hashed", body = Problem),
))]
pub async fn register(
    State(app): State<AppState>,
    browser: Browser,
    Json(form): Json<Register>,
) -> Result<Registration, Error> {
    start_registration(&app, &browser, &form).await
}

/// Creates an account, and starts its first session; with mail, sends a code first.
pub async fn start_registration(app: &AppState, browser: &Browser, form: &Register) -> Result<Registration, Error> {
    require_open(app)?;
    policy(app, &[], browser)?;
    let entered = validate(form, app)?;
    if app.mailer.is_on() {
        return begin(app, browser, entered).await.map(Registration::Pending);
    }
    let (cookies, response) = create_account(app, browser, entered).await?;
    Ok(Registration::LoggedIn(cookies, response.into()))
}

async fn create_account(
    app: &AppState,
    browser: &Browser,
    entered: Entered,
) -> Result<(SetCookies, TokenResponse), Error> {
    let hashing = app.password_hasher.reserve(Priority::Unknown)?;
    app.limiter.spend(Attempt::Register { ip: browser.client.ip }).await?;
    entered.check_password(app).await?;
    let Entered { email, name, password } = entered;
    if app.store.user_by_email(&email).await?.is_some() {
        return Err(Error::EmailTaken);
    }

    let password_hash = hashing.hash(password).await?;
    let now = app.clock.now();
    let user = User::new(email, name.as_str(), password_hash, now);
    let started = start_first_session(app, browser, user, NewBy::Registration, now).await?;
    started.ok_or(Error::WebAssemblyRequired)
}

/// Cheap: what takes longer comes after the rate limit.
fn validate(form: &Register, app: &AppState) -> Result<Entered, Error> {
    let email = Email::parse(&form.email).ok_or(InvalidField::Email);
    let domains = &app.config.registration_domains;
    let is_allowed = |email: &Email| domains.is_empty() || domains.iter().any(|domain| domain == email.domain());
    let email = email.and_then(|email| if is_allowed(&email) { Ok(email) } else { Err(InvalidField::EmailDomain) });
    entered(email, &form.name, &form.password, app.config.password_min_length)
}
