//! `/not-me`: reports, with the link of a notice, that a stranger has logged in or changed something.

use app::plain::{self, not_me, not_me_thanks, not_me_thanks_title, not_me_title};
use axum::{
    extract::{Request, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use doorward_api::{self as api, AuditEvent};

use super::{
    fallback,
    plain::{SubmittedForm, plain_page, query_value, read_form, rejected_page},
    reset::refused,
};
use crate::{
    http::{client_info::ClientInfo, error::Error, invalid_fields::InvalidField},
    mail::{letters::utc, notices::Reported},
    model::ticket::{Ticket, TicketPurpose, TicketToken},
    state::AppState,
};

/// Where the answers lead.
const THANKS: &str = "/not-me?thanks";
const REPORTED: &str = "/forgot?reported";

/// Changes nothing: scanners open every link of a mail.
pub async fn show(State(app): State<AppState>, request: Request) -> Response {
    if !app.mailer.is_on() {
        return fallback(State(app), request).await;
    }
    let headers = request.headers();
    if query_value(request.uri(), "thanks").is_some() {
        return plain_page(&app, headers, StatusCode::OK, not_me_thanks_title, not_me_thanks);
    }
    let token = query_value(request.uri(), "token").unwrap_or_default();
    match ticket(&app, &token).await {
        Ok((_, reported)) => {
            plain_page(&app, headers, StatusCode::OK, not_me_title, || not_me(token, &notice(reported), None))
        }
        Err(error) => refused(&app, headers, error),
    }
}

pub async fn submit(State(app): State<AppState>, request: Request) -> Response {
    let SubmittedForm { headers, client, body } = match read_form(&app, request, ["token", "answer"]).await {
        Ok(form) => form,
        Err(error) => return error.into_response(),
    };
    let [token, answer] = body.texts();
    let (ticket, reported) = match ticket(&app, token).await {
        Ok(ticket) => ticket,
        Err(error) => return refused(&app, &headers, error),
    };
    match answer.as_str() {
        // The link stays valid: the user may find out more later.
        "me" => Redirect::to(THANKS).into_response(),
        "not_me" => match report(&app, &client, &ticket, &reported).await {
            Ok(()) => Redirect::to(REPORTED).into_response(),
            Err(error) => refused(&app, &headers, error),
        },
        _ => {
            let error = Error::field("answer", InvalidField::Answer);
            rejected_page(&app, &headers, error, not_me_title, |problem| {
                not_me(token.clone(), &notice(reported), Some(&problem))
            })
        }
    }
}

async fn ticket(app: &AppState, token: &str) -> Result<(Ticket, Reported), Error> {
    if !app.mailer.is_on() {
        return Err(Error::NotFound);
    }
    let token = TicketToken::parse(token).ok_or(Error::TicketInvalid)?;
    let ticket = app.store.ticket(&token.hash(), TicketPurpose::NotMe, app.clock.now()).await?;
    let ticket = ticket.ok_or(Error::TicketInvalid)?;
    let reported = app.notices().reported(&ticket).ok_or(Error::TicketInvalid)?;
    Ok((ticket, reported))
}

/// Ends the reported session, or all sessions after a change, on this node before the response.
async fn report(app: &AppState, client: &ClientInfo, ticket: &Ticket, reported: &Reported) -> Result<(), Error> {
    let (actor, now) = (client.actor(), app.clock.now());
    let what = (reported.kind, reported.session.as_ref(), reported.passkey.as_ref());
    let ended = app.store.report_not_me(ticket, what, (&actor, now)).await?;
    app.revocations.add(ended.ok_or(Error::TicketInvalid)?).await;
    Ok(())
}

/// No more than the notice has said.
fn notice(reported: Reported) -> plain::Notice {
    let event = AuditEvent {
        id: String::new(),
        happened_at: reported.at.into(),
        kind: reported.kind,
        reason: None,
        session: None,
        device: Some(api::Device::from(reported.device)),
        ip: None,
    };
    plain::Notice { event, at: utc(reported.at) }
}
