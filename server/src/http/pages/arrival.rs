//! Arrivals from other sites: with a link from another site, a browser sends no cookie that is `SameSite=Strict`. A page that
//! navigates to itself makes the request again, as one of this site.

use axum::{
    http::{HeaderMap, HeaderName},
    response::{Html, IntoResponse, Response},
};

use super::{render::set_headers, session::PageSession};

const DOCUMENT: &str = "<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\">\
    <meta http-equiv=\"refresh\" content=\"0\"><title>One moment… – Doorward</title></head>\
    <body><h1>One moment…</h1></body></html>";

/// The page that navigates to itself, if the browser may have a session that it has not sent.
pub fn arrival(session: &PageSession, headers: &HeaderMap) -> Option<Response> {
    let site = headers.get(HeaderName::from_static("sec-fetch-site"));
    let is_from_elsewhere = site.is_some_and(|site| site == "cross-site" || site == "same-site");
    if !matches!(session, PageSession::Absent) || !is_from_elsewhere {
        return None;
    }
    let mut response = Html(DOCUMENT).into_response();
    set_headers(&mut response, "default-src 'none'; base-uri 'none'; frame-ancestors 'none'");
    Some(response)
}
