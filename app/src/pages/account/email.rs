//! The email, with the forms to change it in place of it: first the new address, then the codes from the mails. An email that is
//! not confirmed has a row for its code.

use leptos::{prelude::*, task::spawn_local};

use super::AccountState;
use crate::{
    components::{Form, FormError, FormValues, TextField, Toast, focus_on},
    leptos_ext::{ClientOnly, client_only_views},
    messages::{self, messages},
    page_data::PageData,
    passkeys,
};
use doorward::Error;
use doorward_api::{ChangeEmail, ConfirmEmailChange, PendingEmailChange};

/// How far a change has come. It is lost with the page.
#[derive(Clone)]
enum Change {
    None,
    Asking,
    Pending(Pending),
}

/// Waits for its codes.
#[derive(Clone)]
struct Pending {
    response: PendingEmailChange,
    email: String,
    /// Not of the account yet.
    is_new: bool,
}

impl Pending {
    fn path(&self) -> &'static str {
        if self.is_new { CHANGE } else { VERIFY }
    }
}

const CHANGE: &str = "/api/account/email";
const VERIFY: &str = "/api/account/email/verify";

#[derive(Clone, Copy)]
struct EmailState {
    account: AccountState,
    change: RwSignal<Change>,
}

impl EmailState {
    fn close(self) {
        self.change.set(Change::None);
        focus_on("change-email".to_owned());
    }

    /// Shows the form for the codes.
    fn wait_for(self, pending: Pending) {
        if !self.account.load.is_disposed() {
            self.change.set(Change::Pending(pending));
            focus_on("code".to_owned());
        }
    }
}

#[component]
pub(super) fn EmailRow(account: AccountState) -> impl IntoView {
    let state = EmailState { account, change: RwSignal::new(Change::None) };
    view! {
        <div>
            <dt>{messages().form.email}</dt>
            {client_only_views(move || {
                Some(match state.change.get() {
                    Change::Asking => ClientOnly::new(move || view! { <dd class="labeled"><AddressForm state/></dd> }),
                    Change::Pending(pending) if pending.is_new => code_form(state, pending),
                    _ => ClientOnly::new(move || view! { <Email state/> }),
                })
            })}
        </div>
        {client_only_views(move || {
            let row = match state.change.get() {
                Change::Pending(pending) if !pending.is_new => code_form(state, pending),
                Change::None if is_unconfirmed(state) => ClientOnly::new(move || view! { <Unconfirmed state/> }),
                _ => return None,
            };
            Some(ClientOnly::new(move || view! { <div><dt>{messages().account.confirmation}</dt>{row}</div> }))
        })}
    }
}

fn code_form(state: EmailState, pending: Pending) -> ClientOnly {
    ClientOnly::new(move || view! { <dd class="labeled"><CodeForm state pending/></dd> })
}

/// Whether the email is from before emails were confirmed, and a mail can be sent to it.
fn is_unconfirmed(state: EmailState) -> bool {
    PageData::current().has_mail && state.account.read(|account| !account.email_verified) == Some(true)
}

#[component]
fn Unconfirmed(state: EmailState) -> impl IntoView {
    let toast = Toast::current();
    let send = move |_| {
        toast.clear();
        spawn_local(async move {
            let email = state.account.read(|account| account.email.clone()).unwrap_or_default();
            match state.account.session.post(VERIFY).await {
                Ok(response) => state.wait_for(Pending { response, email, is_new: false }),
                Err(error) => toast.show(messages::error(&error)),
            }
        });
    };
    view! {
        <dd>{messages().account.unconfirmed}</dd>
        <dd><button type="button" class="quiet" on:click=send>{messages().account.send_code}</button></dd>
    }
}

#[component]
fn Email(state: EmailState) -> impl IntoView {
    let open = move |_| {
        Toast::current().clear();
        state.change.set(Change::Asking);
        focus_on("email".to_owned());
    };
    let has_mail = PageData::current().has_mail;
    let email = move || state.account.read(|account| account.email.clone()).map(address);
    view! {
        <dd>{client_only_views(email)}</dd>
        {has_mail.then(|| view! {
            <dd>
                <button type="button" class="quiet" id="change-email" on:click=open>{messages().account.change_email}</button>
            </dd>
        })}
    }
}

/// A long address breaks after its `@` first.
fn address(email: String) -> ClientOnly {
    let at = email.find('@').map_or(0, |at| at + 1);
    ClientOnly::new(move || view! { {email[..at].to_owned()} <wbr/> {email[at..].to_owned()} })
}

#[component]
fn AddressForm(state: EmailState) -> impl IntoView {
    let ask = async move |values: FormValues| {
        let email = values.text("email");
        let form = ChangeEmail { email: email.clone() };
        let response = state.account.session.post(CHANGE).json(&form).await?;
        state.wait_for(Pending { response, email, is_new: true });
        Ok(())
    };
    view! {
        <Form button=messages().account.send_code on_submit=ask on_cancel=move || state.close()>
            <TextField name="email" label=messages().account.new_email is_email=true autocomplete="email"/>
        </Form>
    }
}

#[component]
fn CodeForm(state: EmailState, pending: Pending) -> impl IntoView {
    let path = pending.path();
    let Pending { response: PendingEmailChange { ticket, needs_old_code, .. }, email, is_new } = pending;
    let toast = Toast::current();
    let confirm = async move |values: FormValues| {
        let (code, old_code) = (values.text("code"), values.text("old_code"));
        let form = ConfirmEmailChange { ticket: ticket.clone(), code, old_code };
        let reply: Result<(), Error> = state.account.session.put(path).json(&form).await;
        reply.map_err(|error| form_error(error, needs_old_code))?;
        let text = &messages().account;
        toast.show(if is_new { text.email_changed } else { text.email_confirmed }.to_owned());
        if !state.account.load.is_disposed() {
            state.account.fetch().await;
            state.close();
            passkeys::sync(state.account.session);
        }
        Ok(())
    };
    let cancel = move || {
        if is_new {
            spawn_local(async move {
                // Without an answer, the codes expire.
                _ = state.account.session.delete::<()>(CHANGE).await;
            });
        }
        state.close();
    };
    view! {
        <p>{messages::code_sent(&email)}</p>
        <Form button=messages().account.confirm_email on_submit=confirm on_cancel=cancel>
            <TextField name="code" label=messages().register.code autocomplete="one-time-code"/>
            {needs_old_code.then(|| view! {
                <TextField name="old_code" label=messages().account.old_code autocomplete="one-time-code"/>
            })}
        </Form>
    }
}

/// Shows a wrong code as the error of its field, if there is only one.
fn form_error(error: Error, needs_old_code: bool) -> FormError {
    if needs_old_code { error.into() } else { FormError::of_code(error, "code") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use doorward_api::{ErrorCode, Problem};

    fn wrong_code() -> Error {
        let problem = Problem {
            title: "This code is incorrect or has expired.".to_owned(),
            status: 422,
            code: ErrorCode::CodeInvalid,
            detail: Some("You can try 4 more times.".to_owned()),
            tries_left: Some(4),
            ..Problem::default()
        };
        Error::Problem(Box::new(problem))
    }

    #[test]
    fn a_wrong_code_is_an_error_of_its_field() {
        let error = form_error(wrong_code(), false);
        assert!(error.fields.get("code").is_some_and(|message| message.contains("4 more times")));
        assert_eq!(error.message, "");
    }

    #[test]
    fn of_two_codes_it_is_not_said_which_is_wrong() {
        let error = form_error(wrong_code(), true);
        assert!(error.fields.is_empty());
        assert!(error.message.contains("4 more times"));
    }

    #[test]
    fn a_change_that_is_over_is_an_error_of_the_form() {
        let Error::Problem(problem) = wrong_code() else { unreachable!() };
        let over = Problem { code: ErrorCode::TicketInvalid, ..*problem };
        assert!(form_error(Error::Problem(Box::new(over)), false).fields.is_empty());
    }
}
