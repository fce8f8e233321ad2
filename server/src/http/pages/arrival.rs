//! Arrivals from other sites: with a link from another site, a browser sends no cookie that is `SameSite=Strict`. A page that
//! navigates to itself makes the request again, as one of this site.

use ::app::arrival_page;
use axum::{
    http::{HeaderMap, HeaderName},
    response::{Html, IntoResponse, Response},
};

use super::{brand::brand, render::set_headers, session::PageSession};
use crate::{http::language::LanguagePreference, state::AppState};

/// The page that navigates to itself, if the browser may have a session that it has not sent.
pub fn arrival(app: &AppState, session: &PageSession, headers: &HeaderMap) -> Option<Response> {
    let site = headers.get(HeaderName::from_static("sec-fetch-site"));
    let is_from_another_site = site.is_some_and(|site| site == "cross-site" || site == "same-site");
    if !matches!(session, PageSession::Absent) || !is_from_another_site {
        return None;
    }
    let preference = LanguagePreference::of(&app.config, headers);
    let mut response = Html(arrival_page(&brand(&app.config), preference.language())).into_response();
    set_headers(&mut response, "default-src 'none'; base-uri 'none'; frame-ancestors 'none'");
    preference.set_headers(response.headers_mut());
    Some(response)
}
