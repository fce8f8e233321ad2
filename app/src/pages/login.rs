//! The login page, which also shows why the last session ended.

use leptos::prelude::*;

use crate::{
    components::{
        Form, FormSkeleton, FormValues, GuestOnly, Notice, Page, PasswordField, Reauth, TextField, format_at, use_next,
        was_reloaded,
    },
    leptos_ext::reactive_text,
    messages::{self, messages},
    page_data::PageData,
};
use doorward::{Status, use_session};
use doorward_api as api;

#[component]
pub fn Login() -> impl IntoView {
    let session = use_session();
    let status = session.status();
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
    let scope = PageData::current().session_scope;
    let is_reload = was_reloaded();
    let session_end = move || match status.get() {
        Status::Anonymous { end: Some(end) } => {
            // The time zone is that of the browser.
            let at = end.details.as_ref().filter(|_| is_browser()).map(|details| format_at(&details.at));
            Some(messages::session_end(&end, at.as_deref()))
        }
        Status::Anonymous { end: None } if is_reload => messages::lost_on_reload(scope).map(str::to_owned),
        _ => None,
    };

    view! {
        <Page title=messages().login.title for_guests=true>
            <div role="status"><Notice text=session_end/></div>
            <GuestOnly skeleton=|| view! { <FormSkeleton fields=2/> }>
                <Form button=messages().login.button on_submit=log_in>
                    <TextField name="email" label=messages().form.email is_email=true autocomplete="username"/>
                    <PasswordField name="password" label=messages().form.password/>
                </Form>
                <Notice class="hint" text=move || messages::session_scope(scope).filter(|_| !is_reload)/>
                <p class="aside">
                    {messages().login.new_here}" "<a href=register_path()>{messages().login.create_account}</a>
                </p>
            </GuestOnly>
        </Page>
    }
}
