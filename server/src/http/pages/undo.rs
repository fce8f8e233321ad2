//! `/deletion/undo` and `/factor-reset/undo`: stop what will happen to an account, with the link of a mail.

use app::plain::{Undo, UndoAnswer};
use axum::{
    extract::{Request, State},
    http::{StatusCode, Uri},
    response::{IntoResponse, Redirect, Response},
};
use doorward_api::Problem;
use leptos::IntoView;

use super::{
    fallback,
    plain::{SubmittedForm, plain_page, query_value, read_form, rejected_page},
    reset::refused,
};
use crate::{
    clock::Moment,
    http::{client_info::ClientInfo, error::Error, invalid_fields::InvalidField},
    mail::letters::utc,
    model::{
        ticket::{TicketPurpose, TicketToken},
        user::User,
    },
    state::AppState,
    users::{deletion, factor_reset},
};

pub const fn path(undo: Undo) -> &'static str {
    match undo {
        Undo::Deletion => deletion::UNDO_PATH,
        Undo::FactorReset => factor_reset::UNDO_PATH,
    }
}

const fn purpose(undo: Undo) -> TicketPurpose {
    match undo {
        Undo::Deletion => TicketPurpose::DeletionUndo,
        Undo::FactorReset => TicketPurpose::FactorResetUndo,
    }
}

/// When it can be undone no longer.
const fn due_at(undo: Undo, user: &User) -> Option<Moment> {
    match undo {
        Undo::Deletion => user.delete_at,
        Undo::FactorReset => user.factors_reset_at,
    }
}

/// Changes nothing: scanners open every link of a mail.
pub async fn show(undo: Undo, State(app): State<AppState>, request: Request) -> Response {
    let headers = request.headers();
    if let Some(answer) = answered(request.uri()) {
        let has_reset = app.mailer.is_on();
        return plain_page(
            &app,
            headers,
            StatusCode::OK,
            || undo.answered_title(answer),
            || undo.answered(answer, has_reset),
        );
    }
    let token = query_value(request.uri(), "token").unwrap_or_default();
    match user_of(&app, undo, &token).await {
        Ok(user) => plain_page(&app, headers, StatusCode::OK, || undo.title(), || form(undo, token, &user, None)),
        Err(Error::NotFound) => fallback(State(app), request).await,
        Err(error) => refused(&app, headers, error),
    }
}

fn answered(uri: &Uri) -> Option<UndoAnswer> {
    match query_value(uri, "kept") {
        Some(_) => Some(UndoAnswer::Kept),
        None => query_value(uri, "unchanged").map(|_| UndoAnswer::Unchanged),
    }
}

pub async fn submit(undo: Undo, State(app): State<AppState>, request: Request) -> Response {
    let SubmittedForm { headers, client, body } = match read_form(&app, request, ["token", "answer"]).await {
        Ok(form) => form,
        Err(error) => return error.into_response(),
    };
    let [token, answer] = body.texts();
    let user = match user_of(&app, undo, token).await {
        Ok(user) => user,
        Err(error) => return refused(&app, &headers, error),
    };
    // The answers lead to pages without the token, so that nothing shows it again.
    let answered = |answer| Redirect::to(&format!("{}?{answer}", path(undo))).into_response();
    match answer.as_str() {
        // The link stays valid.
        answer if answer == undo.go_on() => answered("unchanged"),
        "keep" => match keep(&app, undo, &client, token, &user).await {
            Ok(()) => answered("kept"),
            Err(error) => refused(&app, &headers, error),
        },
        _ => {
            let error = Error::field("answer", InvalidField::Answer);
            rejected_page(
                &app,
                &headers,
                error,
                || undo.title(),
                |problem| form(undo, token.clone(), &user, Some(&problem)),
            )
        }
    }
}

/// The user who can stop it with this token.
async fn user_of(app: &AppState, undo: Undo, token: &str) -> Result<User, Error> {
    let now = app.clock.now();
    let token = TicketToken::parse(token).ok_or_else(|| invalid_ticket(app))?;
    let ticket = app.store.ticket(&token.hash(), purpose(undo), now).await?;
    let Some(id) = ticket.and_then(|ticket| ticket.user_id) else { return Err(invalid_ticket(app)) };
    let user = app.store.user(&id).await?.filter(|user| due_at(undo, user).is_some_and(|at| at > now));
    user.ok_or_else(|| invalid_ticket(app))
}

/// Without mails there are no links: the server is as if it had no such page.
fn invalid_ticket(app: &AppState) -> Error {
    if app.mailer.is_on() { Error::TicketInvalid } else { Error::NotFound }
}

async fn keep(app: &AppState, undo: Undo, client: &ClientInfo, token: &str, user: &User) -> Result<(), Error> {
    let ticket = TicketToken::parse(token).ok_or(Error::TicketInvalid)?.hash();
    let (actor, now) = (client.actor(), app.clock.now());
    let is_kept = match undo {
        Undo::Deletion => app.store.undo_deletion(&user.id, &ticket, &actor, now).await?,
        Undo::FactorReset => app.store.undo_factor_reset(&user.id, &ticket, &actor, now).await?,
    };
    if is_kept { Ok(()) } else { Err(Error::TicketInvalid) }
}

fn form(undo: Undo, token: String, user: &User, problem: Option<&Problem>) -> impl IntoView + use<> {
    let until = due_at(undo, user).map(utc).unwrap_or_default();
    undo.question(path(undo), token, (&user.email.masked(), &until), problem)
}
