//! The registration page.

use leptos::prelude::*;

use crate::{
    components::{
        BrandLinks, Form, FormSkeleton, FormValues, GuestOnly, Page, PasswordField, Reauth, TextField, use_next,
    },
    form_reply::form_error,
    leptos_ext::reactive_text,
    messages::messages,
};
use doorward::use_session;
use doorward_api as api;

#[component]
pub fn Register() -> impl IntoView {
    let session = use_session();
    let reauth: Reauth = expect_context();
    let register = async move |values: FormValues| {
        let form =
            api::Register { email: values.text("email"), password: values.text("password"), name: values.text("name") };
        reauth.remember_email(&form.email);
        session.register(&form).await.map_err(form_error)
    };

    let next = use_next();
    let login_path =
        move || reactive_text(move || Some(next().map_or_else(|| "/login".to_owned(), |next| next.through("/login"))));
    view! {
        <Page title=messages().register.title layout="guest" for_guests=true focus="name">
            <GuestOnly skeleton=|| view! { <div class="card"><FormSkeleton fields=3/></div> }>
                <div class="card"><Form button=messages().register.button on_submit=register>
                    <TextField name="name" label=messages().form.name autocomplete="name" takes_focus=true/>
                    <TextField name="email" label=messages().form.email is_email=true autocomplete="username"/>
                    <PasswordField name="password" label=messages().form.password is_new=true/>
                </Form></div>
                <p class="aside">
                    {messages().register.have_account}" "<a href=login_path()>{messages().register.log_in}</a>
                </p>
            </GuestOnly>
            <BrandLinks/>
        </Page>
    }
}
