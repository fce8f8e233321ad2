//! The registration page: the form and, on a server that sends mail, the code that proves the address.

mod code;

use leptos::prelude::*;

use self::code::CodePage;
use crate::{
    RegistrationMode,
    components::{
        BrandLinks, Form, FormSkeleton, FormValues, GuestOnly, Page, PasswordField, Reauth, TextField, use_next,
    },
    form_reply::form_error,
    leptos_ext::{erase, reactive_text, reactive_view},
    messages::messages,
    page_data::PageData,
};
use doorward::{Registration, use_session};
use doorward_api as api;

/// What was entered, and the ticket of the registration that waits for its code.
#[derive(Clone, Copy, Default)]
struct Entered {
    name: RwSignal<String>,
    email: RwSignal<String>,
    ticket: RwSignal<Option<String>>,
}

#[component]
pub fn Register() -> impl IntoView {
    let entered = Entered::default();
    match PageData::current().registration {
        RegistrationMode::Open => erase(move || {
            reactive_view(move || {
                let is_waiting = entered.ticket.read().is_some();
                Some(if is_waiting {
                    erase(move || view! { <CodePage entered/> })
                } else {
                    erase(move || form_page(entered))
                })
            })
        }),
        mode => erase(move || {
            view! {
                <Page title=messages().register.title layout="guest" lead=Some(messages().register.closed_in(mode)) for_guests=true>
                    <LoginLink/>
                    <BrandLinks/>
                </Page>
            }
        }),
    }
}

fn form_page(entered: Entered) -> impl IntoView {
    let session = use_session();
    let reauth: Reauth = expect_context();
    let register = async move |values: FormValues| {
        let form =
            api::Register { email: values.text("email"), password: values.text("password"), name: values.text("name") };
        reauth.remember_email(&form.email);
        if let Registration::Pending(pending) = session.register(&form).await.map_err(form_error)? {
            entered.name.set(form.name);
            entered.email.set(form.email);
            entered.ticket.set(Some(pending.ticket));
        }
        Ok(())
    };
    let name = move || Some(entered.name.get()).filter(|name| !name.is_empty());
    let email = move || Some(entered.email.get()).filter(|email| !email.is_empty());
    view! {
        <Page title=messages().register.title layout="guest" for_guests=true focus="name">
            <GuestOnly skeleton=|| view! { <div class="card"><FormSkeleton fields=3/></div> }>
                <div class="card"><Form button=messages().register.button on_submit=register>
                    <TextField name="name" label=messages().form.name autocomplete="name" takes_focus=true value=name/>
                    <TextField name="email" label=messages().form.email is_email=true autocomplete="username" value=email/>
                    <PasswordField name="password" label=messages().form.password is_new=true/>
                </Form></div>
                <LoginLink/>
            </GuestOnly>
            <BrandLinks/>
        </Page>
    }
}

#[component]
fn LoginLink() -> impl IntoView {
    let next = use_next();
    let path = reactive_text(move || Some(next().map_or_else(|| "/login".to_owned(), |next| next.through("/login"))));
    view! { <p class="aside">{messages().register.have_account}" "<a href=path>{messages().register.log_in}</a></p> }
}
