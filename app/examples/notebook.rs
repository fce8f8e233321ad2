//! A Leptos application of somebody else's, with Doorward's session: it uses nothing but the public face of
//! `app::client`. Its own server answers `/api/notes`, and Doorward's answers `/api/auth/…` on the same origin.
//!
//! Built for both halves:
//!
//! ```sh
//! cargo check -p app --example notebook --features hydrate --target wasm32-unknown-unknown
//! cargo check -p app --example notebook --features ssr
//! ```

use app::{
    api::{EndReason, Login},
    client::{AuthProvider, Connection, Error, Guard, HasSessionCookie, Intercepted, Status, use_session},
};
use leptos::{ev::SubmitEvent, prelude::*, server_fn::codec::Json, task::spawn_local};
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
            <Again/>
            <Guard
                unknown=|| view! { <p>"One moment…"</p> }
                nobody=|| view! { <LoginForm/> }
            >
                <Notebook/>
            </Guard>
        </AuthProvider>
    }
}

/// Says so while the server cannot be reached. Nobody is logged out by that.
#[component]
fn Banner() -> impl IntoView {
    let connection = use_session().connection();
    let is_lost = move || matches!(connection.get(), Connection::Unreachable { .. });
    view! { <p role="status">{move || is_lost().then_some("The server cannot be reached. Trying again…")}</p> }
}

/// Asks the person to log in again, over the page, where nothing else renews a session. What was typed stays, and requests
/// wait.
#[component]
fn Again() -> impl IntoView {
    let session = use_session();
    let has_lapsed = move || matches!(*session.status().read(), Status::Lapsed { .. });
    let password = RwSignal::new(String::new());
    let email = RwSignal::new(String::new());
    let log_in = move |event: SubmitEvent| {
        event.prevent_default();
        spawn_local(async move {
            _ = session.log_in_again(&Login { email: email.get_untracked(), password: password.get_untracked() }).await;
        });
    };
    view! {
        <dialog open=has_lapsed aria-label="Your session has ended">
            <form method="post" on:submit=log_in>
                <input name="email" type="email" autocomplete="username" aria-label="Email" bind:value=email/>
                <input name="password" type="password" autocomplete="current-password" aria-label="Password" bind:value=password/>
                <button>"Log in again"</button>
                <button type="button" on:click=move |_| session.leave()>"Leave"</button>
            </form>
        </dialog>
    }
}

/// Logs in, and says why the last session ended.
#[component]
fn LoginForm() -> impl IntoView {
    let session = use_session();
    let (email, password) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let refusal = RwSignal::new(None::<String>);
    let log_in = move |event: SubmitEvent| {
        event.prevent_default();
        spawn_local(async move {
            let form = Login { email: email.get_untracked(), password: password.get_untracked() };
            refusal.set(match session.login(&form).await {
                Ok(()) => None,
                Err(Error::Problem(problem)) => Some(problem.title),
                Err(Error::Unreachable | Error::SessionEnded { .. }) => Some("Please try again.".to_owned()),
            });
        });
    };
    let why = move || match session.status().get() {
        Status::Anonymous { why: Some(why) } if why.reason != EndReason::LoggedOut => Some("Your session has ended."),
        _ => None,
    };
    view! {
        <p>{why}</p>
        <form method="post" on:submit=log_in>
            <input name="email" type="email" autocomplete="username" aria-label="Email" bind:value=email/>
            <input name="password" type="password" autocomplete="current-password" aria-label="Password" bind:value=password/>
            <button>"Log in"</button>
            <p role="alert">{move || refusal.get()}</p>
        </form>
    }
}

/// What only the person may see.
#[component]
fn Notebook() -> impl IntoView {
    let session = use_session();
    let notes = LocalResource::new(move || async move { session.get::<Vec<Note>>("/api/notes").await });
    let add = move |_| {
        spawn_local(async move {
            // A 401 of ours comes before any effect, so this is safely sent again; a lost answer is the caller's to judge.
            let added = session.post::<Note>("/api/notes").header("Idempotency-Key", "7f3a").json(&"Buy milk").await;
            if added.is_ok() {
                notes.refetch();
            }
        });
    };
    let count = LocalResource::new(count_notes);
    view! {
        <ul>
            <Suspense fallback=|| "Loading…">
                {move || Suspend::new(async move {
                    notes.await.map(|notes| notes.into_iter().map(|note| view! { <li id=note.id>{note.text}</li> }).collect_view())
                        .map_err(|error| format!("{error:?}")).ok()
                })}
            </Suspense>
        </ul>
        <p><Suspense>{move || Suspend::new(async move { count.await.ok() })}</Suspense></p>
        <button on:click=add>"Add a note"</button>
        <button on:click=move |_| session.logout()>"Log out"</button>
    }
}

/// A server function: the access token goes with it. It runs on the server and asks for its caller itself, because a page
/// that is being rendered calls it directly.
#[server(client = Intercepted, input = Json)]
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
    std::future::ready(use_context().ok_or(Error::SessionEnded { why: None }))
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
