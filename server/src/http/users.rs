//! Users, for administrators: list, search, disable, enable, log out, send a link to set a new password.

use axum::{
    RequestPartsExt,
    extract::{FromRequestParts, Path, State},
    http::{HeaderMap, StatusCode, request::Parts},
};
use doorward_api::{EndedCount, Problem, UserList, UserSummary};

use super::{
    caller::Caller,
    json::Json,
    pagination::{self, READ_LIMIT, page},
    query,
    role::{Admin, CallerWith},
    sessions,
    step_up::Recent,
};
use crate::{
    clock::Moment,
    http::{error::Error, invalid_fields::InvalidField, language::LanguagePreference},
    login::attempt::Attempt,
    mail::letters::Cause,
    model::{
        audit::Actor,
        cursor::Cursor,
        notice::Notice,
        user::{User, UserId},
        user_search::UserSearch,
    },
    state::AppState,
    users::administration::{self, AdministrationError, Change},
};

/// Which users to list.
pub struct UserQuery {
    search: Option<UserSearch>,
    before: Cursor<UserId>,
}

impl FromRequestParts<AppState> for UserQuery {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &AppState) -> Result<Self, Error> {
        let invalid = |name| match name {
            "search" => Error::field("search", InvalidField::Search),
            _ => pagination::invalid_cursor(),
        };
        let [before, search] = query::parameters(parts, ["before", "search"]).await.map_err(invalid)?;
        let search = search.map(|text| UserSearch::parse(&text).ok_or_else(|| invalid("search"))).transpose()?;
        Ok(Self { search, before: pagination::cursor(before)? })
    }
}

/// The user in the path. A malformed ID gets the same response as an unknown one.
pub struct UserPath(pub(super) UserId);

impl FromRequestParts<AppState> for UserPath {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &AppState) -> Result<Self, Error> {
        let path: Path<String> = parts.extract().await.map_err(|_| Error::NotFound)?;
        UserId::parse(&path).map(Self).ok_or(Error::NotFound)
    }
}

/// List all users, newest first, or search for some.
///
/// A search finds users whose email, whose name or a word of whose name begins with the text, in any case.
#[utoipa::path(get, path = "/api/admin/users", tag = "admin", security(("access_token" = [])),
    params(
        ("search" = Option<String>, Query, min_length = 1, max_length = 254, pattern = r"\S", description = "Beginning of an email, a name or a word of a name"),
        ("before" = Option<String>, Query, pattern = "^[0-9]{1,15}-[A-Za-z0-9]{1,64}$", description = "`before` from the previous page of the same list"),
    ), responses(
    (status = 200, description = "One page of users", body = UserList),
    (status = 401, description = "No valid credential: see `GET /api/me`", body = Problem),
    (status = 403, description = "`forbidden`: the caller lacks the role `admin`", body = Problem),
    (status = 422, description = "`invalid_input`: `before` is not a cursor, or `search` is blank or too long", body = Problem),
))]
pub async fn users(
    State(app): State<AppState>,
    _: CallerWith<Admin>,
    UserQuery { search, before }: UserQuery,
) -> Result<Json<UserList>, Error> {
    let now = app.clock.now();
    let users = match search {
        Some(search) => app.store.search_users(&search, &before, READ_LIMIT, now).await?,
        None => app.store.users_before(&before, READ_LIMIT, now).await?,
    };
    let (users, before) = page(users, |user| user.cursor().to_string());
    Ok(Json(UserList { users: users.into_iter().map(Into::into).collect(), before }))
}

/// Disable a user and end their sessions. Without effect on one who is disabled.
#[utoipa::path(post, path = "/api/admin/users/{id}/disable", tag = "admin", security(("access_token" = [])),
    params(("id" = String, Path, pattern = "^[A-Za-z0-9]{1,64}$", description = "The user")), responses(
    (status = 200, description = "The user, who is disabled", body = UserSummary),
    (status = 401, description = "`step_up_required`: call `POST /api/auth/confirm` first; no valid credential: see `GET /api/me`", body = Problem),
    (status = 403, description = "`forbidden`: the caller lacks the role `admin`; `cross_site_request`", body = Problem),
    (status = 404, description = "`not_found`: no such user", body = Problem),
    (status = 409, description = "`last_administrator`: no other administrator is left who is not disabled", body = Problem),
    (status = 429, description = "`too_many_attempts`: the session has sent too many requests that write", body = Problem),
))]
pub async fn disable(
    State(app): State<AppState>,
    headers: HeaderMap,
    CallerWith { caller, .. }: CallerWith<(Admin, Recent)>,
    UserPath(id): UserPath,
) -> Result<Json<UserSummary>, Error> {
    let (actor, now) = (begin(&app, &caller).await?, app.clock.now());
    let notice = notice(&app, &headers, &id, &Cause::AccountDisabled, now).await?;
    changed(&app, &caller, administration::disable(&app.store, &id, notice.as_ref(), &actor, now).await).await?;
    summary(&app, &id).await
}

/// Enable a disabled user, who can log in again. Without effect on one who is not disabled.
#[utoipa::path(post, path = "/api/admin/users/{id}/enable", tag = "admin", security(("access_token" = [])),
    params(("id" = String, Path, pattern = "^[A-Za-z0-9]{1,64}$", description = "The user")), responses(
    (status = 200, description = "The user, who is not disabled", body = UserSummary),
    (status = 401, description = "`step_up_required`: call `POST /api/auth/confirm` first; no valid credential: see `GET /api/me`", body = Problem),
    (status = 403, description = "`forbidden`: the caller lacks the role `admin`; `cross_site_request`", body = Problem),
    (status = 404, description = "`not_found`: no such user", body = Problem),
    (status = 429, description = "`too_many_attempts`: the session has sent too many requests that write", body = Problem),
))]
pub async fn enable(
    State(app): State<AppState>,
    headers: HeaderMap,
    CallerWith { caller, .. }: CallerWith<(Admin, Recent)>,
    UserPath(id): UserPath,
) -> Result<Json<UserSummary>, Error> {
    let (actor, now) = (begin(&app, &caller).await?, app.clock.now());
    let notice = notice(&app, &headers, &id, &Cause::AccountEnabled, now).await?;
    changed(&app, &caller, administration::enable(&app.store, &id, notice.as_ref(), &actor, now).await).await?;
    summary(&app, &id).await
}

/// End all sessions of a user, who can log in again.
#[utoipa::path(delete, path = "/api/admin/users/{id}/sessions", tag = "admin", security(("access_token" = [])),
    params(("id" = String, Path, pattern = "^[A-Za-z0-9]{1,64}$", description = "The user")), responses(
    (status = 200, description = "The sessions have ended and their access tokens are revoked", body = EndedCount),
    (status = 401, description = "`step_up_required`: call `POST /api/auth/confirm` first; no valid credential: see `GET /api/me`", body = Problem),
    (status = 403, description = "`forbidden`: the caller lacks the role `admin`; `cross_site_request`", body = Problem),
    (status = 404, description = "`not_found`: no such user", body = Problem),
    (status = 429, description = "`too_many_attempts`: the session has sent too many requests that write", body = Problem),
))]
pub async fn end_sessions(
    State(app): State<AppState>,
    headers: HeaderMap,
    CallerWith { caller, .. }: CallerWith<(Admin, Recent)>,
    UserPath(id): UserPath,
) -> Result<Json<EndedCount>, Error> {
    let (actor, now) = (begin(&app, &caller).await?, app.clock.now());
    let notice = notice(&app, &headers, &id, &Cause::SessionsEnded, now).await?;
    let ended =
        changed(&app, &caller, administration::end_sessions(&app.store, &id, notice.as_ref(), &actor, now).await)
            .await?;
    Ok(Json(EndedCount { ended }))
}

/// Send a user a link to set a new password. Administrators never see it.
#[utoipa::path(post, path = "/api/admin/users/{id}/reset-password", operation_id = "reset_password_of_user", tag = "admin", security(("access_token" = [])),
    params(("id" = String, Path, pattern = "^[A-Za-z0-9]{1,64}$", description = "The user")), responses(
    (status = 202, description = "A link is on its way to the user"),
    (status = 401, description = "`step_up_required`: call `POST /api/auth/confirm` first; no valid credential: see `GET /api/me`", body = Problem),
    (status = 403, description = "`forbidden`: the caller lacks the role `admin`; `cross_site_request`", body = Problem),
    (status = 404, description = "`not_found`: no such user, or one who is disabled or going to be deleted; or this server sends no mails", body = Problem),
    (status = 429, description = "`too_many_attempts`: the session has sent too many requests that write", body = Problem),
))]
pub async fn reset_password(
    State(app): State<AppState>,
    headers: HeaderMap,
    CallerWith { caller, .. }: CallerWith<(Admin, Recent)>,
    UserPath(id): UserPath,
) -> Result<StatusCode, Error> {
    let (actor, now) = (begin(&app, &caller).await?, app.clock.now());
    let user = app.store.user(&id).await?.filter(User::is_active);
    let user = user.filter(|_| app.mailer.is_on()).ok_or(Error::NotFound)?;
    let language = LanguagePreference::of(&app.config, &headers).language();
    let details = (app.config.reset_lifetime, language, now);
    let link = app.mailer.reset_link(&app.config.brand_name, &user.email, Some(&user), details);
    if !app.store.ask_reset(&link.ticket, Some(&link.mail), &actor, now).await? {
        return Err(sessions::caller_session_ended(&app, &caller, now).await);
    }
    Ok(StatusCode::ACCEPTED)
}

/// Uses up one write of the session. Returns the administrator as the actor of audit events.
pub(super) async fn begin(app: &AppState, caller: &Caller) -> Result<Actor, Error> {
    app.limiter.spend(Attempt::Write { session_id: &caller.session_id }).await?;
    Ok(Actor::Admin { user_id: caller.user_id.clone(), session_id: caller.session_id.clone() })
}

/// The mail to the user about what an administrator does to the account.
async fn notice(
    app: &AppState,
    headers: &HeaderMap,
    id: &UserId,
    cause: &Cause<'_>,
    now: Moment,
) -> Result<Option<Notice>, Error> {
    let language = LanguagePreference::of(&app.config, headers).language();
    let user = app.store.user(id).await?;
    Ok(user.and_then(|user| app.notices().compose(cause, &user, language, now)))
}

/// Revokes the access tokens of the sessions that have ended; returns how many of these were live.
async fn changed(app: &AppState, caller: &Caller, change: Result<Change, AdministrationError>) -> Result<usize, Error> {
    let now = app.clock.now();
    match change {
        Ok(change) => {
            let ended = change.ended_count(now);
            app.revocations.add(change.ended).await;
            Ok(ended)
        }
        Err(AdministrationError::UserUnknown) => Err(Error::NotFound),
        Err(AdministrationError::LastAdministrator) => Err(Error::LastAdministrator),
        Err(AdministrationError::CallerEnded) => Err(sessions::caller_session_ended(app, caller, now).await),
        Err(AdministrationError::Unavailable(cause)) => Err(cause.into()),
    }
}

async fn summary(app: &AppState, id: &UserId) -> Result<Json<UserSummary>, Error> {
    let user = app.store.user_summary(id, app.clock.now()).await?;
    Ok(Json(user.ok_or(Error::NotFound)?.into()))
}
