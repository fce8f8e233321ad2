//! The login page, which also shows why the last session ended.

use leptos::prelude::*;

use crate::{
    RegistrationMode,
    components::{
        BrandLinks, Form, FormSkeleton, FormValues, GuestOnly, Notice, Page, PasswordField, Reauth, TextField,
        format_at, use_next, was_reloaded,
    },
    leptos_ext::{ReactiveViews, Views, reactive_text},
    messages::{self, messages},
    page_data::PageData,
};
use doorward::{Status, use_session};
use doorward_api as api;

#[component]
pub fn Login() -> impl IntoView {
    let session = use_session();
    let reauth: Reauth = expect_context();
    let log_in = async move |values: FormValues| {
        let form = api::Login { email: values.text("email"), password: values.text("password") };
        reauth.remember_email(&form.email);
        Ok(session.login(&form).await?)
    };

    let next = use_next();
    let register_path = move || {
        reactive_text(move || Some(next().map_or_else(|| "/register".to_owned(), |next| next.through("/register"))))
    };
    let PageData { session_scope: scope, has_mail, registration, .. } = PageData::current();
    let is_reload = was_reloaded();
    let is_known = !untrack(|| reauth.email()).is_empty();
    let email = move || Some(reauth.email()).filter(|email| !email.is_empty());
    let text = &messages().login;
    view! {
        <Page title=text.title layout="guest" for_guests=true focus=if is_known { "password" } else { "email" }>
            <div role="status">{session_end(is_reload)}</div>
            <GuestOnly skeleton=|| view! { <div class="card"><FormSkeleton fields=2/></div> }>
                <div class="card">
                    <Form button=text.button on_submit=log_in>
                        <TextField
                            name="email"
                            label=messages().form.email
                            is_email=true
                            takes_focus=true
                            autocomplete="username"
                            value=email
                        />
                        <PasswordField name="password" label=messages().form.password/>
                    </Form>
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

/// Why the last session ended. What may be an attack looks like a warning.
fn session_end(is_reload: bool) -> ReactiveViews {
    let status = use_session().status();
    let scope = PageData::current().session_scope;
    Box::new(move || {
        let (class, text) = match status.get() {
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
