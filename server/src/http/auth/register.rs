//! Registration, with the API or with the form of the page: one path decides, two answer.

use axum::{extract::State, http::StatusCode};
use doorward_api::{Problem, Register, TokenResponse};

use super::{
    browser::Browser,
    token_response::{login_response, new_session},
};
use crate::{
    clock::Moment,
    http::{cookies::SetCookies, error::Error, invalid_fields::InvalidField, json::Json},
    login::{attempt::Attempt, password_hasher::Priority},
    model::{
        email::Email,
        password::{Password, PasswordError, PasswordHash},
        user::{Name, User, UserId},
    },
    sessions::authenticate,
    state::AppState,
};

/// Create an account and log in.
#[utoipa::path(post, path = "/api/auth/register", tag = "auth", request_body = Register, responses(
    (status = 201, description = "Registered and logged in; the credential cookie is set", body = TokenResponse),
    (status = 409, description = "`email_taken`", body = Problem),
    (status = 422, description = "`invalid_input`, with a message for each invalid field", body = Problem),
    (status = 429, description = "`too_many_attempts`", body = Problem),
    (status = 503, description = "`busy`: too many passwords are waiting to be hashed", body = Problem),
))]
pub async fn register(
    State(app): State<AppState>,
    browser: Browser,
    Json(form): Json<Register>,
) -> Result<(StatusCode, SetCookies, Json<TokenResponse>), Error> {
    let (cookies, response) = create_account(&app, &browser, &form).await?;
    Ok((StatusCode::CREATED, cookies, Json(response)))
}

/// Creates an account, and starts its first session.
pub async fn create_account(
    app: &AppState,
    browser: &Browser,
    form: &Register,
) -> Result<(SetCookies, TokenResponse), Error> {
    let (email, name, password) = validate(form, app.config.password_min_length)?;
    let hashing = app.password_hasher.reserve(Priority::Unknown)?;
    app.limiter.spend(Attempt::Register { ip: browser.client.ip }).await?;
    let refused = |error: PasswordError| Error::field("password", error);
    password.check_guessable(name.as_str(), email.as_str()).map_err(refused)?;
    app.config.breached_passwords.check(&password, &app.metrics).await.map_err(refused)?;
    if app.store.user_by_email(&email).await?.is_some() {
        return Err(Error::EmailTaken);
    }

    let password_hash = hashing.hash(password).await?;
    let now = app.clock.now();
    let user = new_user(email, &name, password_hash, now);
    let (new, credential) = new_session(app, &user, browser, now)?;

    let replaced = authenticate::session_ids(&app.sessions, browser.cookies.presented(app, now)).await?;
    let ended = app.store.register(&user, &new, &replaced, &browser.client.actor(), now).await?;
    app.revocations.add(ended.ok_or(Error::EmailTaken)?).await;
    app.metrics.login(true);
    login_response(app, user, new.session, credential.as_ref(), browser, now)
}

/// Reports all invalid fields at once. Cheap: what takes longer comes after the rate limit.
fn validate(form: &Register, min_length: usize) -> Result<(Email, Name, Password), Error> {
    let email = Email::parse(&form.email).ok_or(InvalidField::Email);
    let name = Name::parse(&form.name).ok_or(InvalidField::Name);
    let password = Password::of_length(&form.password, min_length).map_err(InvalidField::from);
    match (email, name, password) {
        (Ok(email), Ok(name), Ok(password)) => Ok((email, name, password)),
        (email, name, password) => {
            let errors = [("email", email.err()), ("name", name.err()), ("password", password.err())];
            let errors = errors.into_iter().filter_map(|(field, reason)| Some((field.to_owned(), reason?)));
            Err(Error::InvalidInput(errors.collect()))
        }
    }
}

fn new_user(email: Email, name: &Name, password_hash: PasswordHash, now: Moment) -> User {
    User {
        id: UserId::generate(),
        email,
        name: name.as_str().to_owned(),
        roles: vec![],
        password_hash,
        password_version: 1,
        password_changed_at: now,
        email_verified_at: None,
        factors_version: 0,
        password_refused_at: None,
        must_change_password: false,
        created_at: now,
        disabled_at: None,
        delete_at: None,
    }
}
