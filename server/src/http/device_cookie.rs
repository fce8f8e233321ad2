//! The device cookie in requests and responses: what it is for is in [`crate::login::device_cookie`].

use std::convert::Infallible;

use axum::{
    extract::FromRequestParts,
    http::{HeaderName, request::Parts},
};

use super::cookies;
use crate::{
    clock::Moment,
    login::device_cookie::{DeviceCookie, LIFETIME},
    model::email::Email,
    state::AppState,
};

fn name(secure: bool) -> &'static str {
    if secure { "__Host-Http-device" } else { "device" }
}

impl FromRequestParts<AppState> for DeviceCookie {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &AppState) -> Result<Self, Infallible> {
        Ok(Self::parse(cookies::values(&parts.headers, name(app.config.cookie_secure))))
    }
}

/// Makes the browser known for this account, after a login. Logging out does not change that.
pub fn set(app: &AppState, previous: &DeviceCookie, email: &Email, now: Moment) -> (HeaderName, String) {
    let value = app.device_cookies.issue(previous, email, now);
    let max_age = i64::try_from(LIFETIME.as_secs()).unwrap_or(i64::MAX);
    cookies::header(name(app.config.cookie_secure), value, max_age, app.config.cookie_secure)
}
