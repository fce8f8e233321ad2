//! The token response (RFC 6749, section 5.1).

use doorward_api::{CredentialStorage, TokenResponse};

use super::browser::Browser;
use crate::{
    clock::Moment,
    http::error::Error,
    model::{
        credential::IssuedCredential,
        policy::Policy,
        session::Session,
        user::{Identity, SessionUser},
    },
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
