//! A Leptos application with Doorward's session. Its own server handles `/api/notes`, and Doorward handles `/api/auth/…` on
//! the same origin.
//!
//! Built for both halves:
//!
//! ```sh
//! cargo check -p doorward --example notebook --features hydrate --target wasm32-unknown-unknown
//! cargo check -p doorward --example notebook --features ssr
//! ```

use doorward::{
    AuthProvider, AuthenticatedClient, Connection, Error, Guard, HasSessionCookie, LoginOutcome, PendingLogin, Status,
    api::{EndReason, Login, SecondFactor},
    use_session,
};
use leptos::{
    either::Either, ev::SubmitEvent, prelude::*, server_fn::codec::Json, task::spawn_local, wasm_bindgen::JsCast,
    web_sys::FormData,
};
use serde::{Deserialize, Serialize};

/// An entry of the notebook.
#[derive(Clone, Deserialize, Serialize)]
struct Note {
    id: u64,
    text: String,
}

#[component]
fn App() -> impl IntoView {
    view! {
        <AuthProvider>
            <ConnectionBanner/>
            <Page/>
        </AuthProvider>
    }
}

/// The notebook, or the login form. If a non-renewable session expires, the page stays hidden behind the login form, with its
/// typed text and its waiting requests, until the same user has logged in again.
#[component]
fn Page() -> impl IntoView {
    let session = use_session();
    let requires_reauth = Memo::new(move |_| matches!(*session.status().read(), Status::ReauthRequired { .. }));
    view! {
        <Show when=move || requires_reauth.get()>
            <LoginForm/>
            <button on:click=move |_| session.cancel_reauthentication()>"Log out"</button>
        </Show>
        <div hidden=requires_reauth>
            <Guard
                unknown=|| view! { <p>"Loading…"</p> }
                anonymous=|| view! { <LoginForm/> }
            >
                <Notebook/>
            </Guard>
        </div>
    }
}

/// Shows that the server cannot be reached. The user stays logged in.
#[component]
fn ConnectionBanner() -> impl IntoView {
    let connection = use_session().connection();
    let is_unreachable = move || matches!(connection.get(), Connection::Unreachable { .. });
    view! { <p role="status">{move || is_unreachable().then_some("The server cannot be reached. Retrying…")}</p> }
}

/// Logs in, and shows why the last session ended. An account that requires a second factor asks for a code of its authenticator
/// app.
#[component]
fn LoginForm() -> impl IntoView {
    let session = use_session();
    let error = RwSignal::new(None::<String>);
    let second_step = RwSignal::new(None::<PendingLogin>);
    let log_in = move |event: SubmitEvent| {
        event.prevent_default();
        let Some(form) = login_form(&event) else { return };
        spawn_local(async move {
            let requires_reauth = matches!(*session.status().read_untracked(), Status::ReauthRequired { .. });
            let result = if requires_reauth { session.reauthenticate(&form).await } else { session.login(&form).await };
            match result {
                Ok(LoginOutcome::LoggedIn) => {}
                Ok(LoginOutcome::SecondFactorRequired(pending)) => second_step.set(Some(pending)),
                Err(failure) => error.set(Some(message(&failure))),
            }
        });
    };
    let send_code = move |event: SubmitEvent| {
        event.prevent_default();
        let Some((code, pending)) = field(&event, "code").zip(second_step.get_untracked()) else { return };
        let form = SecondFactor { ticket: pending.ticket, totp: Some(code), ..SecondFactor::default() };
        spawn_local(async move {
            if let Err(failure) = session.finish_login(&form).await {
                error.set(Some(message(&failure)));
            }
        });
    };
    let notice = move || match session.status().get() {
        Status::Anonymous { end: Some(end) } if end.reason != EndReason::LoggedOut => Some("Your session has ended."),
        Status::ReauthRequired { .. } => Some("Your session has expired. Log in again to continue."),
        _ => None,
    };
    view! {
        <p>{notice}</p>
        <form method="post" on:submit=log_in hidden=move || second_step.read().is_some()>
            <input name="email" type="email" autocomplete="username" aria-label="Email"/>
            <input name="password" type="password" autocomplete="current-password" aria-label="Password"/>
            <button>"Log in"</button>
        </form>
        <form method="post" on:submit=send_code hidden=move || second_step.read().is_none()>
            <input name="code" inputmode="numeric" autocomplete="one-time-code" aria-label="Code from your app"/>
            <button>"Log in"</button>
        </form>
        <p role="alert">{move || error.get()}</p>
    }
}

/// Reads the form when it is sent, so that the password is not kept in a signal.
fn login_form(event: &SubmitEvent) -> Option<Login> {
    Some(Login { email: field(event, "email")?, password: field(event, "password")? })
}

/// The text of a field of a form that is sent.
fn field(event: &SubmitEvent, name: &str) -> Option<String> {
    FormData::new_with_form(&event.target()?.dyn_into().ok()?).ok()?.get(name).as_string()
}

fn message(error: &Error) -> String {
    match error {
        Error::Problem(problem) => problem.title.clone(),
        Error::Unreachable | Error::InvalidResponse { .. } | Error::SessionEnded { .. } => {
            "That did not work. Please try again.".to_owned()
        }
    }
}

/// The notes of the logged-in user.
#[component]
fn Notebook() -> impl IntoView {
    let session = use_session();
    let notes = LocalResource::new(move || async move { session.get::<Vec<Note>>("/api/notes").await });
    let error = RwSignal::new(None::<String>);
    let add = move |_| {
        spawn_local(async move {
            // The client repeats the request only after a 401 from Doorward, which is sent before any effect. After
            // `Error::Unreachable` the note may exist; the user decides whether to try again.
            match session.post::<Note>("/api/notes").json(&"Buy milk").await {
                Ok(_) => notes.refetch(),
                Err(failure) => error.set(Some(message(&failure))),
            }
        });
    };
    let count = LocalResource::new(count_notes);
    view! {
        <ul>
            <Suspense fallback=|| "Loading…">
                {move || Suspend::new(async move {
                    match notes.await {
                        Ok(notes) => Either::Left(notes.into_iter().map(|note| view! { <li id=note.id>{note.text}</li> }).collect_view()),
                        Err(error) => Either::Right(view! { <li>{message(&error)}</li> }),
                    }
                })}
            </Suspense>
        </ul>
        <p><Suspense>{move || Suspend::new(async move { count.await.ok() })}</Suspense></p>
        <button on:click=add>"Add a note"</button>
        <p role="alert">{move || error.get()}</p>
        <button on:click=move |_| session.logout()>"Log out"</button>
    }
}

/// A server function, called with the session's credential. It finds its caller itself, because a page that is rendered on
/// the server calls it directly, without its route's checks.
#[server(client = AuthenticatedClient, input = Json)]
async fn count_notes() -> Result<usize, Error> {
    let Caller { notes } = caller().await?;
    Ok(notes.len())
}

/// The caller of a server function. The notebook's server verifies the access token with `doorward-verify` and provides the
/// caller as context.
#[cfg(feature = "ssr")]
#[derive(Clone)]
struct Caller {
    notes: Vec<Note>,
}

#[cfg(feature = "ssr")]
fn caller() -> impl Future<Output = Result<Caller, Error>> {
    std::future::ready(use_context().ok_or(Error::SessionEnded { end: None }))
}

fn main() {
    if cfg!(target_arch = "wasm32") {
        leptos::mount::mount_to_body(App);
    } else {
        // A real server renders pages with `leptos_axum`, and provides whether the page request carried a session cookie.
        Owner::new().with(|| {
            provide_context(HasSessionCookie(false));
            println!("{}", view! { <App/> }.to_html());
        });
    }
}
