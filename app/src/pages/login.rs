//! The login page, in one or two steps. It also shows why the last session ended.

mod second_step;

use leptos::prelude::*;

use self::second_step::SecondStep;
use crate::{
    RegistrationMode,
    components::{
        BrandLinks, Form, FormSkeleton, FormValues, GuestOnly, Notice, Page, PasskeyButton, PasskeyLogin,
        PasswordField, Reauth, TextField, format_at, use_next, was_reloaded,
    },
    leptos_ext::{ReactiveViews, Views, effect, erase, reactive_text, reactive_view},
    messages::{self, messages},
    page_data::PageData,
};
use doorward::{LoginOutcome, PendingLogin, Status, use_session};
use doorward_api as api;

/// How far a login has come. It is lost with the page.
#[derive(Clone, Copy, Default)]
struct Steps {
    /// The password was right, and a second factor is required.
    pending: RwSignal<Option<PendingLogin>>,
    /// Whether it had to start again.
    is_expired: RwSignal<bool>,
}

#[component]
pub fn Login() -> impl IntoView {
    let steps = Steps::default();
    reactive_view(move || {
        Some(match steps.pending.get() {
            Some(pending) => erase(move || view! { <SecondStep steps pending/> }),
            None => erase(move || first_step(steps)),
        })
    })
}

fn first_step(steps: Steps) -> impl IntoView {
    let reauth: Reauth = expect_context();
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
            <div role="status">{session_end(is_reload, steps)}</div>
            <GuestOnly skeleton=|| view! { <div class="card"><FormSkeleton fields=2/></div> }>
                <div class="card">
                    <Credentials steps email/>
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

#[component]
fn Credentials(steps: Steps, email: impl Fn() -> Option<String> + Send + 'static) -> impl IntoView {
    let session = use_session();
    let reauth: Reauth = expect_context();
    let passkey = PasskeyLogin::new();
    // Not while the server renders.
    effect(move || passkey.offer());
    let log_in = async move |values: FormValues| {
        let form = api::Login { email: values.text("email"), password: values.text("password") };
        reauth.remember_email(&form.email);
        steps.is_expired.set(false);
        passkey.stop();
        match session.login(&form).await {
            Ok(LoginOutcome::LoggedIn) => reauth.on_login(),
            Ok(LoginOutcome::SecondFactorRequired(pending)) => steps.pending.set(Some(pending)),
            Err(error) => {
                passkey.offer();
                return Err(error.into());
            }
        }
        Ok(())
    };
    view! {
        <Form button=messages().login.button on_submit=log_in>
            <TextField
                name="email"
                label=messages().form.email
                is_email=true
                takes_focus=true
                autocomplete="username webauthn"
                value=email
            />
            <PasswordField name="password" label=messages().form.password/>
        </Form>
        <PasskeyButton login=passkey/>
    }
}

/// Why the last session ended, or the last attempt. What may be an attack looks like a warning.
fn session_end(is_reload: bool, steps: Steps) -> ReactiveViews {
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
