//! The home page: what Doorward is, and the links to log in.

use leptos::prelude::*;

use crate::{
    RegistrationMode,
    components::Page,
    leptos_ext::{erase, reactive_view},
    messages::{self, messages},
    page_data::PageData,
};
use doorward::{Identity, Status, use_session};

#[component]
pub fn Home() -> impl IntoView {
    view! {
        <Page layout="home" title=messages().home.title>
            <p class="lead">
                {messages().home.lead}
            </p>
            <LoginLinks/>
            <h2 class="visually-hidden">{messages().home.how}</h2>
            <dl class="facts">
                <div>
                    <dt>{messages().home.storage}</dt>
                    <dd>{messages().home.storage_fact}</dd>
                </div>
                <div>
                    <dt>{messages().home.end}</dt>
                    <dd>{messages().home.end_fact}</dd>
                </div>
                <div>
                    <dt>{messages().home.logout}</dt>
                    <dd>{messages().home.logout_fact}</dd>
                </div>
            </dl>
        </Page>
    }
}

/// "Log in" and "Create account", or the user's name.
#[component]
fn LoginLinks() -> impl IntoView {
    let status = use_session().status();
    let is_open = PageData::current().registration == RegistrationMode::Open;
    view! {
        <div class="login-links">
            {reactive_view(move || Some(match status.with(Status::identity) {
                Identity::User { name, .. } => erase(move || view! {
                    <a class="button" href="/account">{messages().home.account}</a>
                    <p>{messages::logged_in_as(&name)}</p>
                }),
                Identity::Anonymous => erase(move || view! {
                    {is_open.then(|| view! { <a class="button" href="/register">{messages().home.create_account}</a> })}
                    <a class="button second" href="/login">{messages().home.log_in}</a>
                }),
                Identity::Unknown => erase(|| view! { <span class="skeleton as-button" aria-hidden="true"></span> }),
            }))}
        </div>
    }
}
