//! The start of a session, and the token response (RFC 6749, section 5.1).

use doorward_api::{CredentialStorage, TokenResponse};

use super::browser::Browser;
use crate::{
    clock::Moment,
    http::{
        cookies::{self, SetCookies},
        device_cookie,
        error::Error,
    },
    login::proven::Proven,
    model::{
        credential::{IssuedCredential, NewSession},
        policy::Policy,
        session::Session,
        user::{Identity, SessionUser, User},
    },
    sessions::authenticate,
    state::AppState,
    tokens::access_token::TokenTooLong,
};

/// The policy of users with these roles. An error if the browser cannot have the credential of their sessions.
pub fn policy<'a>(app: &'a AppState, roles: &[String], browser: &Browser) -> Result<&'a Policy, Error> {
    let policy = app.policies.for_roles(roles);
    if browser.has_cookies_only && !policy.name.credential_storage().is_cookie() {
        return Err(Error::WebAssemblyRequired);
    }
    Ok(policy)
}

/// A session of a user who has proved who they are, under the policy of their roles, not stored yet, and the credential for the
/// browser. No session starts elsewhere.
pub fn new_session(
    app: &AppState,
    proven: &Proven,
    browser: &Browser,
    now: Moment,
) -> Result<(NewSession, Option<IssuedCredential>), Error> {
    let user = proven.user();
    let policy = policy(app, &user.roles, browser)?;
    let from = (browser.client.device.clone(), browser.client.ip);
    let session = Session::begin(user.id.clone(), policy, from, proven.authentication().clone(), now);
    Ok(authenticate::issue(&app.refresh_tokens, session, proven.began_with().clone()))
}

/// The response to a login: the credential cookie, the device cookie and the token response.
pub fn login_response(
    app: &AppState,
    user: User,
    session: Session,
    credential: Option<&IssuedCredential>,
    browser: &Browser,
    now: Moment,
) -> Result<(SetCookies, TokenResponse), Error> {
    let mut cookies = cookies::replace(&browser.cookies, credential, &session, app.config.cookie_secure, now);
    cookies.0.push(device_cookie::set(app, &browser.device_cookie, &user.email, now));
    Ok((cookies, token_response(app, user.into(), session, credential, now)?))
}

/// The token response. `credential` is the one that was just issued; a refresh issues none.
pub fn token_response(
    app: &AppState,
    user: Identity,
    session: Session,
    credential: Option<&IssuedCredential>,
    now: Moment,
) -> Result<TokenResponse, Error> {
    let lifetime = app.policies.for_roles(&user.assigned_roles).access_token_lifetime;
    let user = user.in_session(&session.authentication, &app.second_factor_roles);
    let has_access_token = session.policy.credential_storage().has_access_token();
    let token = has_access_token.then(|| app.access_tokens.issue(&user, &session, lifetime, now));
    let token = token.transpose().map_err(|TokenTooLong| too_long(&user))?;
    let (access_token, expires_in) = token.map(|token| (token.jwt, token.expires_in)).unzip();
    let refresh_token = credential.filter(|credential| credential.storage == CredentialStorage::RefreshToken);
    Ok(TokenResponse {
        token_type: access_token.as_ref().map(|_| "Bearer".into()),
        access_token,
        expires_in,
        refresh_token: refresh_token.map(|token| token.reveal().to_owned()),
        session: session.into_api(true),
        user: user.into(),
    })
}

fn too_long(user: &SessionUser) -> Error {
    let cause =
        format!("an access token of user {} would be over 4 KiB: remove roles with `doorward user role`", user.id);
    Error::Unavailable(cause.into())
}
