//! The two cookies that prove a session: the refresh cookie, read at refresh, login and logout and nowhere else (R29), and
//! the session cookie, read at every request.
//!
//! `Path=/`, because the `__Host-` prefix demands it; without the prefix a sibling subdomain could plant a cookie of
//! the same name.

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

/// What may be kept in a cookie.
const KINDS: [CredentialStorage; 2] = [CredentialStorage::SessionCookie, CredentialStorage::RefreshCookie];

/// The cookie's name on secure origins, and where `cookie_secure = false`; none for what is not kept in a cookie.
fn name(keeps: CredentialStorage, secure: bool) -> Option<&'static str> {
    match (keeps, secure) {
        (CredentialStorage::RefreshCookie, true) => Some("__Host-Http-refresh"),
        (CredentialStorage::RefreshCookie, false) => Some("refresh"),
        (CredentialStorage::SessionCookie, true) => Some("__Host-Http-session"),
        (CredentialStorage::SessionCookie, false) => Some("session"),
        (CredentialStorage::RefreshToken | CredentialStorage::AccessTokenOnly, _) => None,
    }
}

/// The proofs that came in cookies.
#[derive(Default)]
pub struct Cookies(Vec<(CredentialStorage, String)>);

impl Cookies {
    /// The proofs that may be genuine.
    pub fn presented(&self, app: &AppState, now: Moment) -> impl Iterator<Item = PresentedCredential> {
        self.0.iter().filter_map(move |(keeps, text)| PresentedCredential::read(&app.refresh_tokens, *keeps, text, now))
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The kinds of cookies that there are.
    pub fn kinds(&self) -> Vec<CredentialStorage> {
        self.0.iter().map(|(keeps, _)| *keeps).collect()
    }
}

impl FromRequestParts<AppState> for Cookies {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &AppState) -> Result<Self, Error> {
        read(&parts.headers, &KINDS, app.config.cookie_secure)
    }
}

/// The session cookie, if the request has one.
pub fn session_cookie(headers: &HeaderMap, secure: bool) -> Result<Cookies, Error> {
    read(headers, &[CredentialStorage::SessionCookie], secure)
}

/// A request with two cookies of one name is refused: one of them was planted by somebody else, and nobody can tell which
/// (R27).
fn read(headers: &HeaderMap, kinds: &[CredentialStorage], secure: bool) -> Result<Cookies, Error> {
    let mut cookies = Cookies::default();
    for &keeps in kinds {
        let mut values = values(headers, keeps, secure);
        match (values.next(), values.next()) {
            (Some(value), None) => cookies.0.push((keeps, String::from_utf8_lossy(value).into_owned())),
            (None, _) => {}
            _ => {
                let what = "There are two cookies of one name. Clear this site's cookies.";
                return Err(Error::MalformedRequest(what.into()));
            }
        }
    }
    Ok(cookies)
}

/// Whether the request carries a cookie of a session, for the first frame of a page. It proves nothing.
pub fn is_present(headers: &HeaderMap, secure: bool) -> bool {
    KINDS.into_iter().any(|keeps| values(headers, keeps, secure).next().is_some())
}

/// Reads bytes, not text: another application's cookie may hold any, and must not hide ours.
fn values(headers: &HeaderMap, keeps: CredentialStorage, secure: bool) -> impl Iterator<Item = &[u8]> {
    let name = name(keeps, secure);
    let lines = headers.get_all(header::COOKIE).iter();
    let pairs = lines.flat_map(|line| line.as_bytes().split(|byte| *byte == b';')).map(<[u8]>::trim_ascii);
    pairs.filter_map(move |pair| pair.strip_prefix(name?.as_bytes())?.strip_prefix(b"="))
}

/// `Set-Cookie` headers.
pub type SetCookies = AppendHeaders<Vec<(HeaderName, String)>>;

/// The headers of a login: they give the browser the proof of `session`, where it is one for a cookie, until the end of the
/// session, and clear what the cookies of an earlier session were.
pub fn replace(
    before: &Cookies,
    proof: Option<&IssuedCredential>,
    session: &Session,
    secure: bool,
    now: Moment,
) -> SetCookies {
    let stale = before.kinds().into_iter().filter(|keeps| proof.is_none_or(|proof| proof.storage != *keeps));
    let cleared = stale.filter_map(|keeps| header(keeps, String::new(), 0, secure));
    let seconds = session.expires_at.seconds() - now.seconds();
    let set = proof.and_then(|proof| header(proof.storage, proof.reveal().to_owned(), seconds, secure));
    AppendHeaders(cleared.chain(set).collect())
}

/// The headers that clear these cookies and all that this server sets: the same attributes, and no life (R30).
pub fn clear(before: &[CredentialStorage], app: &AppState) -> SetCookies {
    let sets = |keeps: &CredentialStorage| app.policies.all().any(|policy| policy.name.credential_storage() == *keeps);
    let kinds = KINDS.into_iter().filter(|keeps| sets(keeps) || before.contains(keeps));
    AppendHeaders(kinds.filter_map(|keeps| header(keeps, String::new(), 0, app.config.cookie_secure)).collect())
}

fn header(keeps: CredentialStorage, value: String, seconds: i64, secure: bool) -> Option<(HeaderName, String)> {
    let cookie = Cookie::build((name(keeps, secure)?, value))
        .path("/")
        .http_only(true)
        .secure(secure)
        .same_site(SameSite::Strict)
        .max_age(Duration::seconds(seconds));
    Some((header::SET_COOKIE, cookie.to_string()))
}
