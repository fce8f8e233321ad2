//! A Leptos application of somebody else's, with Doorward's session: it uses nothing but the public face of
//! `doorward`. Its own server answers `/api/notes`, and Doorward's answers `/api/auth/…` on the same origin.
//!
//! Built for both halves:
//!
//! ```sh
//! cargo check -p doorward --example notebook --features hydrate --target wasm32-unknown-unknown
//! cargo check -p doorward --example notebook --features ssr
//! ```

use doorward::{
    AuthProvider, AuthenticatedClient, Connection, Error, Guard, HasSessionCookie, Status,
    api::{EndReason, Login},
    use_session,
};
use leptos::{
    either::Either, ev::SubmitEvent, prelude::*, server_fn::codec::Json, task::spawn_local, wasm_bindgen::JsCast,
    web_sys::FormData,
};
use serde::{Deserialize, Serialize};

/// What the notebook's own server keeps.
#[derive(Clone, Deserialize, Serialize)]
struct Note {
    id: u64,
    text: String,
}

/// The application: on the server with what the page request told, in the browser with what the page brought along.
#[component]
fn App() -> impl IntoView {
    view! {
        <AuthProvider>
            <Banner/>
            <Page/>
        </AuthProvider>
    }
}

/// The notebook, or the way in. Where nothing renews a session and it has ended, its page waits unseen, with all that was typed
/// and the requests that were made, until the same person has logged in again.
#[component]
fn Page() -> impl IntoView {
    let session = use_session();
    let has_lapsed = Memo::new(move |_| matches!(*session.status().read(), Status::ReauthRequired { .. }));
    view! {
        {move || has_lapsed.get().then(|| view! {
            <LoginForm/>
            <button on:click=move |_| session.cancel_reauthentication()>"Leave"</button>
        })}
        <div hidden=has_lapsed>
            <Guard
                unknown=|| view! { <p>"One moment…"</p> }
                anonymous=|| view! { <LoginForm/> }
            >
                <Notebook/>
            </Guard>
        </div>
    }
}

/// Says so while the server cannot be reached. Nobody is logged out by that.
#[component]
fn Banner() -> impl IntoView {
    let connection = use_session().connection();
    let is_lost = move || matches!(connection.get(), Connection::Unreachable { .. });
    view! { <p role="status">{move || is_lost().then_some("The server cannot be reached. Trying again…")}</p> }
}

/// Logs in, and says why the last session ended. What is typed is read when it is sent, and goes with the form.
#[component]
fn LoginForm() -> impl IntoView {
    let session = use_session();
    let refusal = RwSignal::new(None::<String>);
    let log_in = move |event: SubmitEvent| {
        event.prevent_default();
        let Some(form) = typed(&event) else { return };
        spawn_local(async move {
            let has_lapsed = matches!(*session.status().read_untracked(), Status::ReauthRequired { .. });
            let answer = if has_lapsed { session.reauthenticate(&form).await } else { session.login(&form).await };
            if let Err(error) = answer {
                refusal.set(Some(words(&error)));
            }
        });
    };
    let why = move || match session.status().get() {
        Status::Anonymous { end: Some(why) } if why.reason != EndReason::LoggedOut => Some("Your session has ended."),
        Status::ReauthRequired { .. } => Some("Your session has ended. Log in again, and the page is as you left it."),
        _ => None,
    };
    view! {
        <p>{why}</p>
        <form method="post" on:submit=log_in>
            <input name="email" type="email" autocomplete="username" aria-label="Email"/>
            <input name="password" type="password" autocomplete="current-password" aria-label="Password"/>
            <button>"Log in"</button>
            <p role="alert">{move || refusal.get()}</p>
        </form>
    }
}

fn typed(event: &SubmitEvent) -> Option<Login> {
    let form = FormData::new_with_form(&event.target()?.dyn_into().ok()?).ok()?;
    let text = |field| form.get(field).as_string().unwrap_or_default();
    Some(Login { email: text("email"), password: text("password") })
}

fn words(error: &Error) -> String {
    match error {
        Error::Problem(problem) => problem.title.clone(),
        Error::Unreachable | Error::SessionEnded { .. } => "This did not work. Please try again.".to_owned(),
    }
}

/// What only the person may see.
#[component]
fn Notebook() -> impl IntoView {
    let session = use_session();
    let notes = LocalResource::new(move || async move { session.get::<Vec<Note>>("/api/notes").await });
    let refusal = RwSignal::new(None::<String>);
    let add = move |_| {
        spawn_local(async move {
            // A 401 of ours comes before any effect, so this is safely sent again; a lost answer is the caller's to judge.
            match session.post::<Note>("/api/notes").json(&"Buy milk").await {
                Ok(_) => notes.refetch(),
                Err(error) => refusal.set(Some(words(&error))),
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
                        Err(error) => Either::Right(view! { <li>{words(&error)}</li> }),
                    }
                })}
            </Suspense>
        </ul>
        <p><Suspense>{move || Suspend::new(async move { count.await.ok() })}</Suspense></p>
        <button on:click=add>"Add a note"</button>
        <p role="alert">{move || refusal.get()}</p>
        <button on:click=move |_| session.logout()>"Log out"</button>
    }
}

/// A server function: the access token goes with it. It runs on the server and asks for its caller itself, because a page
/// that is being rendered calls it directly.
#[server(client = AuthenticatedClient, input = Json)]
async fn count_notes() -> Result<usize, Error> {
    let Caller { notes } = caller().await?;
    Ok(notes.len())
}

/// Whoever calls, as the notebook's server found out: it checks the access token with `doorward-verify`, and puts the
/// caller into the context of the call.
#[cfg(feature = "ssr")]
#[derive(Clone)]
struct Caller {
    notes: Vec<Note>,
}

/// The caller, or the refusal of somebody who is none.
#[cfg(feature = "ssr")]
fn caller() -> impl Future<Output = Result<Caller, Error>> {
    std::future::ready(use_context().ok_or(Error::SessionEnded { end: None }))
}

fn main() {
    if cfg!(target_arch = "wasm32") {
        leptos::mount::mount_to_body(App);
    } else {
        // A server renders it with `leptos_axum`, and tells whether the page request carried a session cookie.
        Owner::new().with(|| {
            provide_context(HasSessionCookie(false));
            println!("{}", view! { <App/> }.to_html());
        });
    }
}
