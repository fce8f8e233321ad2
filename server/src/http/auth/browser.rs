//! The browser that a session is started for.

use app::Language;
use axum::{extract::FromRequestParts, http::request::Parts};

use crate::{
    http::{client_info::ClientInfo, cookies::CredentialCookies, error::Error, language::LanguagePreference},
    login::device_cookie::DeviceCookie,
    state::AppState,
};

pub struct Browser {
    pub client: ClientInfo,
    /// The credentials of earlier sessions, which the new one replaces.
    pub cookies: CredentialCookies,
    pub device_cookie: DeviceCookie,
    /// Of the request, and so of the mails that it causes.
    pub language: Language,
    /// Whether it gets credentials in cookies only: the form of a page is answered with a redirect.
    pub has_cookies_only: bool,
}

impl Browser {
    /// The browser that submits the form of a page.
    pub async fn of_form(app: &AppState, parts: &Parts) -> Result<Self, Error> {
        let browser = Self::from_request_parts(&mut parts.clone(), app).await?;
        Ok(Self { has_cookies_only: true, ..browser })
    }
}

impl FromRequestParts<AppState> for Browser {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &AppState) -> Result<Self, Error> {
        let client = ClientInfo::from_request_parts(parts, app).await?;
        let cookies = CredentialCookies::from_request_parts(parts, app).await?;
        let Ok(device_cookie) = DeviceCookie::from_request_parts(parts, app).await;
        let language = LanguagePreference::of(&app.config, &parts.headers).language();
        Ok(Self { client, cookies, device_cookie, language, has_cookies_only: false })
    }
}
