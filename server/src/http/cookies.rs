//! The cookies that hold a session's credential: the session cookie, read at every request, and the refresh cookie, read
//! only at refresh, login and logout.
//!
//! `Path=/`, because the `__Host-` prefix requires it; without the prefix a sibling subdomain could plant a cookie of the
//! same name.

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, HeaderName, header, request::Parts},
    response::AppendHeaders,
};
use cookie::{Cookie, SameSite, time::Duration};
use doorward_api::CredentialStorage;

use crate::{
    clock::Moment,
    http::error::Error,
    model::{credential::IssuedCredential, session::Session},
    sessions::authenticate::PresentedCredential,
    state::AppState,
};

const IN_COOKIES: [CredentialStorage; 2] = [CredentialStorage::SessionCookie, CredentialStorage::RefreshCookie];

/// The name of the cookie. `secure` is the setting `cookie_secure`: browsers reject the prefix without `Secure`.
fn name(storage: CredentialStorage, secure: bool) -> Option<&'static str> {
    match (storage, secure) {
        (CredentialStorage::RefreshCookie, true) => Some("__Host-Http-refresh"),
        (CredentialStorage::RefreshCookie, false) => Some("refresh"),
        (CredentialStorage::SessionCookie, true) => Some("__Host-Http-session"),
        (CredentialStorage::SessionCookie, false) => Some("session"),
        (CredentialStorage::RefreshToken | CredentialStorage::AccessTokenOnly, _) => None,
    }
}

/// The credential cookies of a request, not yet checked.
#[derive(Default)]
pub struct CredentialCookies(Vec<(CredentialStorage, String)>);

impl CredentialCookies {
    /// The well-formed credentials among them.
    pub fn presented(&self, app: &AppState, now: Moment) -> impl Iterator<Item = PresentedCredential> {
        let read = move |storage, text| PresentedCredential::read(&app.refresh_tokens, storage, text, now);
        self.0.iter().filter_map(move |(storage, text)| read(*storage, text))
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn storages(&self) -> Vec<CredentialStorage> {
        self.0.iter().map(|(storage, _)| *storage).collect()
    }
}

impl FromRequestParts<AppState> for CredentialCookies {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &AppState) -> Result<Self, Error> {
        credential_cookies(&parts.headers, app.config.cookie_secure)
    }
}

/// The credential cookies of a request.
pub fn credential_cookies(headers: &HeaderMap, secure: bool) -> Result<CredentialCookies, Error> {
    read(headers, &IN_COOKIES, secure)
}

/// The session cookie alone, if the request has one.
pub fn session_cookie(headers: &HeaderMap, secure: bool) -> Result<CredentialCookies, Error> {
    read(headers, &[CredentialStorage::SessionCookie], secure)
}

/// Two cookies of the same name are an error: one of them has been planted, and it cannot be determined which.
fn read(headers: &HeaderMap, storages: &[CredentialStorage], secure: bool) -> Result<CredentialCookies, Error> {
    let mut cookies = CredentialCookies::default();
    for &storage in storages {
        let Some(name) = name(storage, secure) else { continue };
        let mut values = values(headers, name);
        match (values.next(), values.next()) {
            (Some(value), None) => cookies.0.push((storage, String::from_utf8_lossy(value).into_owned())),
            (None, _) => {}
            _ => return Err(Error::RepeatedCookie),
        }
    }
    Ok(cookies)
}

/// Reads bytes, not text: another application's cookie may contain any, and must not hide ours.
pub(super) fn values<'a>(headers: &'a HeaderMap, name: &'static str) -> impl Iterator<Item = &'a [u8]> {
    let lines = headers.get_all(header::COOKIE).iter();
    let pairs = lines.flat_map(|line| line.as_bytes().split(|byte| *byte == b';')).map(<[u8]>::trim_ascii);
    pairs.filter_map(move |pair| pair.strip_prefix(name.as_bytes())?.strip_prefix(b"="))
}

pub type SetCookies = AppendHeaders<Vec<(HeaderName, String)>>;

/// Sets the cookie of a new session until the session's absolute timeout, if its credential goes into one, and clears
/// other cookies of the previous session.
pub fn replace(
    previous: &CredentialCookies,
    credential: Option<&IssuedCredential>,
    session: &Session,
    secure: bool,
    now: Moment,
) -> SetCookies {
    let storage = credential.map(|credential| credential.storage);
    let stale = previous.storages().into_iter().filter(|previous| Some(*previous) != storage);
    let cleared = stale.filter_map(|storage| credential_header(storage, String::new(), 0, secure));
    let max_age = session.expires_at.seconds() - now.seconds();
    let set = credential
        .and_then(|credential| credential_header(credential.storage, credential.reveal().to_owned(), max_age, secure));
    AppendHeaders(cleared.chain(set).collect())
}

/// Clears the cookies of the request and those that any policy of this server sets.
pub fn clear(present: &[CredentialStorage], app: &AppState) -> SetCookies {
    let is_set_here =
        |storage: &CredentialStorage| app.policies.all().any(|policy| policy.name.credential_storage() == *storage);
    let storages = IN_COOKIES.into_iter().filter(|storage| is_set_here(storage) || present.contains(storage));
    let secure = app.config.cookie_secure;
    AppendHeaders(storages.filter_map(|storage| credential_header(storage, String::new(), 0, secure)).collect())
}

fn credential_header(
    storage: CredentialStorage,
    value: String,
    max_age: i64,
    secure: bool,
) -> Option<(HeaderName, String)> {
    Some(header(name(storage, secure)?, value, max_age, secure))
}

/// The attributes are the same for setting and clearing: a browser ignores a `Set-Cookie` that violates the prefix.
pub(super) fn header(name: &'static str, value: String, max_age: i64, secure: bool) -> (HeaderName, String) {
    let cookie = Cookie::build((name, value))
        .path("/")
        .http_only(true)
        .secure(secure)
        .same_site(SameSite::Strict)
        .max_age(Duration::seconds(max_age));
    (header::SET_COOKIE, cookie.to_string())
}
