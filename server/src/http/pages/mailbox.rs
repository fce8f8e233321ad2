//! `/mailbox`, for development: the mails in the folder, for those on this machine.

use std::net::IpAddr;

use axum::{
    Router,
    extract::{Request, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
    routing::get,
};

use super::plain::plain_page;
use crate::{
    config::Config,
    http::{error::Error, request_target},
    mail::{folder::MailFolder, stored_mail},
    state::AppState,
};

/// The most mails on the page.
const MAX_SHOWN: usize = 100;

pub(super) fn routes(config: &Config) -> Router<AppState> {
    if config.has_mailbox() { Router::new().route("/mailbox", get(show).post(delete_all)) } else { Router::new() }
}

fn folder(app: &AppState) -> MailFolder {
    MailFolder::in_data_dir(&app.config.data_dir)
}

async fn show(State(app): State<AppState>, request: Request) -> Result<Response, Error> {
    check_host(&request)?;
    let mails = stored_mail::newest(&folder(&app), MAX_SHOWN).await.map_err(unavailable)?;
    let mails = mails.into_iter().map(|mail| app::plain::MailboxMail {
        sent_at: mail.sent_at.into(),
        purpose: mail.purpose,
        to: mail.to,
        subject: mail.subject,
        text: mail.text,
    });
    let mails: Vec<_> = mails.collect();
    let content = || app::plain::mailbox(mails);
    Ok(plain_page(&app, request.headers(), StatusCode::OK, app::plain::mailbox_title, content))
}

async fn delete_all(State(app): State<AppState>, request: Request) -> Result<Response, Error> {
    check_host(&request)?;
    folder(&app).delete_all().await.map_err(unavailable)?;
    Ok(Redirect::to("/mailbox").into_response())
}

fn unavailable(error: std::io::Error) -> Error {
    Error::Unavailable(error.into())
}

/// Refuses a name that another site has pointed to this machine (DNS rebinding): its scripts could read the page.
fn check_host(request: &Request) -> Result<(), Error> {
    let host = request_target::authority(request).ok_or(Error::NotFound)?;
    let name = host.host().trim_matches(['[', ']']);
    let is_loopback = name.parse().map_or(name == "localhost", |address: IpAddr| address.is_loopback());
    if is_loopback || name.ends_with(".localhost") { Ok(()) } else { Err(Error::NotFound) }
}
