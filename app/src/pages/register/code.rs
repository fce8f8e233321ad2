//! The code that proves the address of a registration.

use leptos::{prelude::*, task::spawn_local};

use super::Entered;
use crate::{
    components::{BrandLinks, Form, FormError, FormSkeleton, FormValues, GuestOnly, Notice, Page, TextField},
    messages::{self, messages},
};
use doorward::use_session;
use doorward_api::ConfirmRegistration;

#[component]
pub(super) fn CodePage(entered: Entered) -> impl IntoView {
    let session = use_session();
    let text = &messages().register;
    let ticket = move || entered.ticket.get_untracked().unwrap_or_default();
    let confirm = async move |values: FormValues| {
        let form = ConfirmRegistration { ticket: ticket(), code: values.text("code") };
        session.confirm_registration(&form).await.map_err(|error| FormError::of_code(error, "code"))
    };
    // Whether a new code was sent, or why not.
    let outcome = RwSignal::new(None);
    let is_sending = RwSignal::new(false);
    let resend = move |_| {
        if is_sending.get_untracked() {
            return;
        }
        is_sending.set(true);
        outcome.set(None);
        spawn_local(async move {
            let reply = session.resend_code(&ticket()).await;
            is_sending.set(false);
            outcome.set(Some(match reply {
                Ok(_) => messages().register.new_code_sent.to_owned(),
                Err(error) => messages::error(&error),
            }));
        });
    };
    view! {
        <Page title=text.check_email layout="guest" for_guests=true focus="code">
            <GuestOnly skeleton=|| view! { <div class="card"><FormSkeleton fields=1/></div> }>
                <p class="lead">{messages::code_sent(&entered.email.get_untracked())}</p>
                <div class="card">
                    <Form button=messages().register.button on_submit=confirm>
                        <TextField name="code" label=messages().register.code autocomplete="one-time-code"/>
                    </Form>
                    <div class="others">
                        <div role="status"><Notice text=move || outcome.get()/></div>
                        <button type="button" class="button second" on:click=resend>{messages().register.send_new_code}</button>
                        <button type="button" class="button second" on:click=move |_| entered.ticket.set(None)>
                            {messages().register.other_email}
                        </button>
                    </div>
                </div>
            </GuestOnly>
            <BrandLinks/>
        </Page>
    }
}
