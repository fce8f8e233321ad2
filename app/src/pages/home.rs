//! The home page: what Doorward is, and the links to log in.

use leptos::prelude::*;

use crate::{
    components::Page,
    leptos_ext::{erase, reactive_view},
};
use doorward::{Identity, Status, use_session};

#[component]
pub fn Home() -> impl IntoView {
    view! {
        <Page layout="home" title="A complete login for Rust web apps">
            <p class="lead">
                "Accounts, sessions and tokens in one binary, built with Axum and Leptos. "
                "This is a live demo."
            </p>
            <LoginLinks/>
            <h2 class="visually-hidden">"How a session works"</h2>
            <dl class="facts">
                <div>
                    <dt>"No tokens in storage"</dt>
                    <dd>"Your credentials stay in this tab's memory or in a cookie that scripts cannot read."</dd>
                </div>
                <div>
                    <dt>"A fixed end"</dt>
                    <dd>"The end of a session is set when you log in. Refreshing a token never extends it."</dd>
                </div>
                <div>
                    <dt>"Logged out means logged out"</dt>
                    <dd>"When you log out, your tokens stop working right away, not when they expire."</dd>
                </div>
            </dl>
        </Page>
    }
}

/// "Log in" and "Create account", or the user's name.
#[component]
fn LoginLinks() -> impl IntoView {
    let status = use_session().status();
    view! {
        <div class="login-links">
            {reactive_view(move || Some(match status.with(Status::identity) {
                Identity::User { name, .. } => erase(move || view! {
                    <a class="button" href="/account">"Account"</a>
                    <p>"Logged in as " <strong>{name}</strong></p>
                }),
                Identity::Anonymous => erase(|| view! {
                    <a class="button" href="/register">"Create account"</a>
                    <a class="button second" href="/login">"Log in"</a>
                }),
                Identity::Unknown => erase(|| view! { <span class="skeleton as-button" aria-hidden="true"></span> }),
            }))}
        </div>
    }
}
