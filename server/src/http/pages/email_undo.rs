//! `/email/undo`: restores the email from before a change, with the link of the mail to that address.

use app::plain::{email_kept, email_undo, email_undo_title, not_me_thanks_title};
use axum::{
    extract::{Request, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use doorward_api::Problem;

use super::{
    fallback,
    plain::{SubmittedForm, plain_page, query_value, read_form, rejected_page},
    reset::refused,
};
use crate::{
    http::{client_info::ClientInfo, error::Error, invalid_fields::InvalidField},
    mail::letters::utc,
    model::ticket::{Ticket, TicketPurpose, TicketToken},
    state::AppState,
    store::EmailUndoOutcome,
};

/// Where the answers lead: without the token, so that nothing shows it again.
const KEPT: &str = "/email/undo?kept";
const RESTORED: &str = "/forgot?reported";

/// Changes nothing: scanners open every link of a mail.
pub async fn show(State(app): State<AppState>, request: Request) -> Response {
    if !app.mailer.is_on() {
        return fallback(State(app), request).await;
    }
    let headers = request.headers();
    if query_value(request.uri(), "kept").is_some() {
        return plain_page(&app, headers, StatusCode::OK, not_me_thanks_title, email_kept);
    }
    let token = query_value(request.uri(), "token").unwrap_or_default();
    match ticket(&app, &token).await {
        Ok(ticket) => plain_page(&app, headers, StatusCode::OK, email_undo_title, || form(token, &ticket, None)),
        Err(error) => refused(&app, headers, error),
    }
}

pub async fn submit(State(app): State<AppState>, request: Request) -> Response {
    let SubmittedForm { headers, client, body } = match read_form(&app, request, ["token", "answer"]).await {
        Ok(form) => form,
        Err(error) => return error.into_response(),
    };
    let [token, answer] = body.texts();
    let ticket = match ticket(&app, token).await {
        Ok(ticket) => ticket,
        Err(error) => return refused(&app, &headers, error),
    };
    let rejected = match answer.as_str() {
        // The link stays valid, for who finds out later.
        "keep" => return Redirect::to(KEPT).into_response(),
        "restore" => match restore(&app, &client, &ticket).await {
            Ok(()) => return Redirect::to(RESTORED).into_response(),
            Err(error @ Error::EmailTaken) => error,
            Err(error) => return refused(&app, &headers, error),
        },
        _ => Error::field("answer", InvalidField::Answer),
    };
    rejected_page(&app, &headers, rejected, email_undo_title, |problem| form(token.clone(), &ticket, Some(&problem)))
}

async fn ticket(app: &AppState, token: &str) -> Result<Ticket, Error> {
    if !app.mailer.is_on() {
        return Err(Error::NotFound);
    }
    let token = TicketToken::parse(token).ok_or(Error::TicketInvalid)?;
    let ticket = app.store.ticket(&token.hash(), TicketPurpose::EmailUndo, app.clock.now()).await?;
    ticket.ok_or(Error::TicketInvalid)
}

/// Ends all sessions, on this node before the response.
async fn restore(app: &AppState, client: &ClientInfo, ticket: &Ticket) -> Result<(), Error> {
    match app.store.undo_email_change(ticket, (&client.actor(), app.clock.now())).await? {
        EmailUndoOutcome::Done(ended) => {
            app.revocations.add(ended).await;
            Ok(())
        }
        EmailUndoOutcome::TicketInvalid => Err(Error::TicketInvalid),
        EmailUndoOutcome::EmailTaken => Err(Error::EmailTaken),
    }
}

fn form(token: String, ticket: &Ticket, problem: Option<&Problem>) -> impl leptos::IntoView + use<> {
    email_undo(token, &ticket.email.masked(), utc(ticket.created_at), problem)
}
