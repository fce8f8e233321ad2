//! What this is, and the way in.

use leptos::{either::EitherOf3, prelude::*};

use crate::{components::Page, private::Private};
use doorward::{Identity, Status, use_session};

/// The first page.
#[component]
pub fn Home() -> impl IntoView {
    view! {
        <Page layout="home" title="A complete login for Rust web apps">
            <p class="lead">
                "Doorward is accounts, sessions and tokens in one program, built with Axum and Leptos. "
                "This is a running copy, to be tried."
            </p>
            <WayIn/>
            <h2 class="unseen">"How a session works"</h2>
            <dl class="facts">
                <div>
                    <dt>"Nothing to find in storage"</dt>
                    <dd>"What proves who you are is in this tab's memory, or in a cookie that no script can read, and nowhere else."</dd>
                </div>
                <div>
                    <dt>"An end that never moves"</dt>
                    <dd>"A session's end is set when you log in. Renewing a token never makes the session longer."</dd>
                </div>
                <div>
                    <dt>"Over means over"</dt>
                    <dd>"Log out, and the tokens of that session stop working here at once, not when they expire."</dd>
                </div>
            </dl>
        </Page>
    }
}

/// "Log in" and "Create account", or who is logged in.
#[component]
fn WayIn() -> impl IntoView {
    let status = use_session().status();
    view! {
        <div class="way-in">
            {move || match status.with(Status::identity) {
                Identity::User { name, .. } => EitherOf3::A(Private::new(move || view! {
                    <a class="button" href="/account">"Account"</a>
                    <p>"Logged in as " <strong>{name}</strong></p>
                })),
                Identity::Anonymous => EitherOf3::B(view! {
                    <a class="button" href="/register">"Create account"</a>
                    <a class="button second" href="/login">"Log in"</a>
                }),
                Identity::Unknown => EitherOf3::C(view! { <span class="bone as-button" aria-hidden="true"></span> }),
            }}
        </div>
    }
}
