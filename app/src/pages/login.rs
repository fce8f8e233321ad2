//! The login page, in one or two steps. It also shows why the last session ended.

use leptos::prelude::*;

use crate::{
    RegistrationMode,
    components::{
        BrandLinks, Factors, FormSkeleton, GuestOnly, LoginForm, LoginSteps, Notice, Page, Proves, Reauth, format_at,
        use_next, was_reloaded,
    },
    leptos_ext::{ReactiveViews, Views, erase, reactive_text, reactive_view},
    messages::{self, messages},
    page_data::PageData,
};
use doorward::{PendingLogin, Status, use_session};

#[component]
pub fn Login() -> impl IntoView {
    let steps = LoginSteps::begin();
    reactive_view(move || {
        Some(match steps.pending.get() {
            Some(pending) => erase(move || second_step(steps, pending)),
            None => erase(move || first_step(steps)),
        })
    })
}

fn first_step(steps: LoginSteps) -> impl IntoView {
    let reauth: Reauth = expect_context();
    let next = use_next();
    let register_path = move || {
        reactive_text(move || Some(next().map_or_else(|| "/register".to_owned(), |next| next.through("/register"))))
    };
    let PageData { session_scope: scope, has_mail, registration, .. } = PageData::current();
    let is_reload = was_reloaded();
    let is_known = !untrack(|| reauth.email()).is_empty();
    let text = &messages().login;
    view! {
        <Page title=text.title layout="guest" for_guests=true focus=if is_known { "password" } else { "email" }>
            <div role="status">{session_end(is_reload, steps)}</div>
            <GuestOnly skeleton=|| view! { <div class="card"><FormSkeleton fields=2/></div> }>
                <div class="card">
                    <LoginForm steps is_in_page=true/>
                    <Notice class="hint" text=move || messages::session_scope(scope).filter(|_| !is_reload)/>
                </div>
                {has_mail.then(|| view! { <p class="aside"><a href="/forgot">{text.forgot}</a></p> })}
                {(registration == RegistrationMode::Open).then(|| view! {
                    <p class="aside">{text.new_here}" "<a href=register_path()>{text.create_account}</a></p>
                })}
            </GuestOnly>
            <BrandLinks/>
        </Page>
    }
}

/// In the place of the form.
fn second_step(steps: LoginSteps, pending: PendingLogin) -> impl IntoView {
    view! {
        <Page title=messages().reauth.confirm_title layout="guest" for_guests=true focus="totp">
            <GuestOnly skeleton=|| view! { <div class="card"><FormSkeleton fields=1/></div> }>
                <div class="card"><Factors proves=Proves::Login(steps) pending=pending.clone()/></div>
            </GuestOnly>
            <BrandLinks/>
        </Page>
    }
}

/// Why the last session ended, or the last attempt. What may be an attack looks like a warning.
fn session_end(is_reload: bool, steps: LoginSteps) -> ReactiveViews {
    let status = use_session().status();
    let scope = PageData::current().session_scope;
    Box::new(move || {
        let (class, text) = match status.get() {
            _ if steps.is_expired.get() => ("notice caution", Some(messages().factors.took_too_long.to_owned())),
            Status::Anonymous { end: Some(end) } => {
                // The time zone is that of the browser.
                let at = end.details.as_ref().filter(|_| is_browser()).map(|details| format_at(&details.at));
                let class = if messages::is_alarming(end.reason) { "notice caution" } else { "notice" };
                (class, Some(messages::session_end(&end, at.as_deref())))
            }
            Status::Anonymous { end: None } if is_reload => {
                ("notice", messages::lost_on_reload(scope).map(str::to_owned))
            }
            _ => ("", None),
        };
        text.map_or_else(Views::none, |text| Views::of_text(text, move |text| view! { <p class=class>{text}</p> }))
    })
}
