//! `/invite?token=…`: creates the account of an invitation. A visit changes nothing.

use app::plain::{invalid_invitation, invalid_invitation_title, invitation, invitation_title};
use axum::{
    extract::{Request, State},
    http::{HeaderMap, StatusCode, Uri},
    response::{IntoResponse, Redirect, Response},
};

use super::{
    plain::{plain_page, query_value, rejected_page},
    return_path,
};
use crate::{
    http::{
        auth::{Browser, accept, invitee},
        error::Error,
        form_body::FormBody,
    },
    state::AppState,
};

pub async fn show(State(app): State<AppState>, headers: HeaderMap, uri: Uri) -> Result<Response, Error> {
    let token = query_value(&uri, "token").unwrap_or_default();
    match invitee(&app, &token).await {
        Ok(invitee) => Ok(plain_page(&app, &headers, StatusCode::OK, invitation_title, || {
            invitation(invitee.email.to_unicode(), invitee.details.name, app.config.password_min_length, None)
        })),
        Err(error) => invalid(&app, &headers, error),
    }
}

/// The page for an invitation that cannot be accepted. Other errors have a page already.
fn invalid(app: &AppState, headers: &HeaderMap, error: Error) -> Result<Response, Error> {
    match error {
        Error::TicketInvalid => {
            Ok(rejected_page(app, headers, error, invalid_invitation_title, |_| invalid_invitation()))
        }
        error => Err(error),
    }
}

pub async fn submit(State(app): State<AppState>, request: Request) -> Result<Response, Error> {
    let (parts, body) = request.into_parts();
    let token = query_value(&parts.uri, "token").unwrap_or_default();
    let form = FormBody::read(["name", "password"], Request::from_parts(parts.clone(), body)).await;
    let entered_name = form.as_ref().ok().map(|form| form.texts()[0].clone());
    let accepted = async {
        let browser = Browser::of_form(&app, &parts).await?;
        accept(&app, &browser, &token, form?.filled()?).await
    };
    match accepted.await {
        // To an address without the token.
        Ok(Some(cookies)) => {
            Ok((cookies, Redirect::to(&return_path(&app, &Uri::default()).to_string())).into_response())
        }
        Ok(None) => Ok(Redirect::to("/login").into_response()),
        Err(error @ (Error::TicketInvalid | Error::RegistrationClosed(_))) => invalid(&app, &parts.headers, error),
        Err(error) => {
            let invitee = match invitee(&app, &token).await {
                Ok(invitee) => invitee,
                Err(error) => return invalid(&app, &parts.headers, error),
            };
            let (email, name, min_length) =
                (invitee.email.to_unicode(), entered_name.or(invitee.details.name), app.config.password_min_length);
            Ok(rejected_page(&app, &parts.headers, error, invitation_title, |problem| {
                invitation(email, name, min_length, Some(&problem))
            }))
        }
    }
}
