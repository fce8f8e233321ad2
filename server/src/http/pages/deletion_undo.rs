//! `/deletion/undo`: undoes the deletion of an account, with the link of a mail.

use app::plain::{DeletionAnswer, deletion_answered, deletion_answered_title, deletion_undo, deletion_undo_title};
use axum::{
    extract::{Request, State},
    http::{StatusCode, Uri},
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
    model::{
        ticket::{TicketPurpose, TicketToken},
        user::User,
    },
    state::AppState,
};

/// Where the answers lead: without the token, so that nothing shows it again.
const KEPT: &str = "/deletion/undo?kept";
const UNCHANGED: &str = "/deletion/undo?unchanged";

/// Changes nothing: scanners open every link of a mail.
pub async fn show(State(app): State<AppState>, request: Request) -> Response {
    let headers = request.headers();
    if let Some(answer) = answered(request.uri()) {
        let has_reset = app.mailer.is_on();
        return plain_page(
            &app,
            headers,
            StatusCode::OK,
            || deletion_answered_title(answer),
            || deletion_answered(answer, has_reset),
        );
    }
    let token = query_value(request.uri(), "token").unwrap_or_default();
    match user_of(&app, &token).await {
        Ok(user) => plain_page(&app, headers, StatusCode::OK, deletion_undo_title, || form(token, &user, None)),
        Err(Error::NotFound) => fallback(State(app), request).await,
        Err(error) => refused(&app, headers, error),
    }
}

fn answered(uri: &Uri) -> Option<DeletionAnswer> {
    match query_value(uri, "kept") {
        Some(_) => Some(DeletionAnswer::Kept),
        None => query_value(uri, "unchanged").map(|_| DeletionAnswer::Unchanged),
    }
}

pub async fn submit(State(app): State<AppState>, request: Request) -> Response {
    let SubmittedForm { headers, client, body } = match read_form(&app, request, ["token", "answer"]).await {
        Ok(form) => form,
        Err(error) => return error.into_response(),
    };
    let [token, answer] = body.texts();
    let user = match user_of(&app, token).await {
        Ok(user) => user,
        Err(error) => return refused(&app, &headers, error),
    };
    match answer.as_str() {
        // The link stays valid.
        "delete" => Redirect::to(UNCHANGED).into_response(),
        "keep" => match undo(&app, &client, token, &user).await {
            Ok(()) => Redirect::to(KEPT).into_response(),
            Err(error) => refused(&app, &headers, error),
        },
        _ => {
            let error = Error::field("answer", InvalidField::Answer);
            rejected_page(&app, &headers, error, deletion_undo_title, |problem| {
                self::form(token.clone(), &user, Some(&problem))
            })
        }
    }
}

/// The user who can undo the deletion with this token.
async fn user_of(app: &AppState, token: &str) -> Result<User, Error> {
    let now = app.clock.now();
    let token = TicketToken::parse(token).ok_or_else(|| invalid_ticket(app))?;
    let ticket = app.store.ticket(&token.hash(), TicketPurpose::DeletionUndo, now).await?;
    let Some(id) = ticket.and_then(|ticket| ticket.user_id) else { return Err(invalid_ticket(app)) };
    let user = app.store.user(&id).await?.filter(|user| user.delete_at.is_some_and(|at| at > now));
    user.ok_or_else(|| invalid_ticket(app))
}

/// Without mails there are no links: the server is as if it had no such page.
fn invalid_ticket(app: &AppState) -> Error {
    if app.mailer.is_on() { Error::TicketInvalid } else { Error::NotFound }
}

async fn undo(app: &AppState, client: &ClientInfo, token: &str, user: &User) -> Result<(), Error> {
    let token = TicketToken::parse(token).ok_or(Error::TicketInvalid)?;
    let is_undone = app.store.undo_deletion(&user.id, &token.hash(), &client.actor(), app.clock.now()).await?;
    if is_undone { Ok(()) } else { Err(Error::TicketInvalid) }
}

fn form(token: String, user: &User, problem: Option<&Problem>) -> impl leptos::IntoView + use<> {
    let until = user.delete_at.map(utc).unwrap_or_default();
    deletion_undo(token, &user.email.masked(), &until, problem)
}
