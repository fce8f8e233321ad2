//! The refresh cookie: set at login, cleared at logout, read at refresh, login and logout, and nowhere else (R29).
//!
//! `Path=/`, because the `__Host-` prefix demands it; without the prefix a sibling subdomain could plant a cookie of
//! the same name.

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, HeaderName, header, request::Parts},
};
use cookie::{Cookie, SameSite, time::Duration};

use crate::{clock::Moment, error::Error, refresh_token::RefreshToken, session::Session, state::AppState};

/// The cookie's name on secure origins, and where `cookie_secure = false`.
const NAMES: [&str; 2] = ["__Host-Http-refresh", "refresh"];

/// The name of the refresh cookie.
pub fn name(secure: bool) -> &'static str {
    if secure { NAMES[0] } else { NAMES[1] }
}

/// The value of the refresh cookie, if the request has one. A request with two is refused: one of them was planted by
/// somebody else, and nobody can tell which (R27).
pub struct RefreshCookie(pub Option<String>);

impl FromRequestParts<AppState> for RefreshCookie {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &AppState) -> Result<Self, Error> {
        let mut values = values(&parts.headers, name(app.config.cookie_secure));
        match (values.next(), values.next()) {
            (value, None) => Ok(Self(value.map(|value| String::from_utf8_lossy(value).into_owned()))),
            _ => Err(Error::MalformedRequest("There are two refresh cookies. Clear this site's cookies.".into())),
        }
    }
}

/// Whether the request carries a refresh cookie, for the first frame of a page. It proves nothing.
pub fn is_present(headers: &HeaderMap, secure: bool) -> bool {
    values(headers, name(secure)).next().is_some()
}

/// Reads bytes, not text: another application's cookie may hold any, and must not hide ours.
fn values<'h>(headers: &'h HeaderMap, name: &'h str) -> impl Iterator<Item = &'h [u8]> {
    let lines = headers.get_all(header::COOKIE).iter();
    let pairs = lines.flat_map(|line| line.as_bytes().split(|byte| *byte == b';')).map(<[u8]>::trim_ascii);
    pairs.filter_map(move |pair| pair.strip_prefix(name.as_bytes())?.strip_prefix(b"="))
}

/// The header that gives the browser `token` until the end of `session`.
pub fn set(token: &RefreshToken, session: &Session, secure: bool, now: Moment) -> SetCookie {
    header(token.reveal().to_owned(), session.expires_at.seconds() - now.seconds(), secure)
}

/// The header that clears the cookie: the same attributes, and no life (R30).
pub fn clear(secure: bool) -> SetCookie {
    header(String::new(), 0, secure)
}

/// A `Set-Cookie` header.
pub type SetCookie = [(HeaderName, String); 1];

fn header(value: String, seconds: i64, secure: bool) -> SetCookie {
    let cookie = Cookie::build((name(secure), value))
        .path("/")
        .http_only(true)
        .secure(secure)
        .same_site(SameSite::Strict)
        .max_age(Duration::seconds(seconds));
    [(header::SET_COOKIE, cookie.to_string())]
}
