//! The second step: a code of an authenticator app, a recovery code, or a passkey.

use std::time::Duration;

use leptos::{leptos_dom::helpers::set_timeout_with_handle, prelude::*, task::spawn_local};

use super::LoginSteps;
use crate::{
    components::{Buttons, Form, FormError, FormValues, Reauth, TextField, focus_on, notice::Notice},
    leptos_ext::{ClientOnly, client_only_views, element, text_element},
    messages::{self, messages},
    passkeys,
};
use doorward::{Error, PendingLogin, SessionHandle, use_session};
use doorward_api::{ChallengePurpose, Confirm, ErrorCode, FactorKind, SecondFactor};

/// What a factor proves.
#[derive(Clone, Copy)]
pub enum Proves {
    /// A login, after its password.
    Login(LoginSteps),
    /// A confirmation, with this password or alone.
    Confirmation(RwSignal<Option<String>>),
}

/// The last button.
const LEAVE: &str = "leave";

#[derive(Clone, Copy)]
struct State {
    session: SessionHandle,
    reauth: Reauth,
    proves: Proves,
    /// Of the passkey.
    error: RwSignal<Option<String>>,
}

#[component]
pub fn Factors(proves: Proves, pending: PendingLogin) -> impl IntoView {
    let (session, reauth, error) = (use_session(), expect_context(), RwSignal::new(None));
    let state = State { session, reauth, proves, error };
    let PendingLogin { ticket, mut methods, expires_in } = pending;
    methods.retain(|kind| match kind {
        FactorKind::Passkey => passkeys::is_supported(),
        kind => *kind != FactorKind::Unknown,
    });
    if let Proves::Login(steps) = proves
        && let Ok(timer) = set_timeout_with_handle(move || steps.start_again(true), Duration::from_secs(expires_in))
    {
        on_cleanup(move || timer.clear());
    }
    on_cleanup(|| {
        if passkeys::is_supported() {
            passkeys::notify("cancel");
        }
    });

    // The kind whose field is shown; a passkey has none.
    let current = RwSignal::new(0);
    let shown = methods.clone();
    let form_ticket = ticket.clone();
    let form = move || {
        let kind = shown.get(current.get()).copied().filter(|kind| *kind != FactorKind::Passkey)?;
        let ticket = form_ticket.clone();
        Some(ClientOnly::new(move || code_form(state, kind, ticket)))
    };
    let listed = methods.clone();
    let buttons = move || {
        let current = current.get();
        let listed = listed.clone();
        Some(ClientOnly::of_element(move || {
            let mut buttons = Vec::new();
            for (index, kind) in listed.iter().enumerate() {
                if *kind == FactorKind::Passkey || index != current {
                    buttons.push(button(kind.name(), index == current, name_of(*kind)));
                }
            }
            let leave = match proves {
                Proves::Login(_) => messages().factors.start_again,
                Proves::Confirmation(_) => messages().shell.cancel,
            };
            buttons.push(button(LEAVE, false, leave));
            element("div", &[("class", "others")], &buttons)
        }))
    };
    let on_button = move |value: &str, _: &str| {
        let index = methods.iter().position(|kind| kind.name() == value);
        match (index, proves) {
            (Some(index), _) if methods.get(index) != Some(&FactorKind::Passkey) => {
                current.set(index);
                focus_on(value.to_owned());
            }
            (Some(_), _) => use_passkey(state, ticket.clone()),
            (None, Proves::Login(steps)) => steps.start_again(false),
            (None, Proves::Confirmation(_)) => session.cancel_confirmation(),
        }
    };
    view! {
        {client_only_views(form)}
        <div role="alert"><Notice class="notice error" text=move || error.get()/></div>
        <Buttons on_button content=client_only_views(buttons)/>
    }
}

fn code_form(state: State, kind: FactorKind, ticket: String) -> impl IntoView {
    let text = &messages().factors;
    let name = kind.name();
    let is_app = kind == FactorKind::Totp;
    let (label, autocomplete) = if is_app { (text.code, "one-time-code") } else { (text.recovery_code, "off") };
    let submit = async move |values: FormValues| {
        let code = Some(values.text(name));
        let (totp, recovery_code) = if is_app { (code, None) } else { (None, code) };
        state.error.set(None);
        let factor = SecondFactor { ticket: ticket.clone(), totp, recovery_code, passkey: None };
        state.send(factor).await.map_err(|error| FormError::of_code(error, name))
    };
    let button = match state.proves {
        Proves::Login(_) => messages().login.button,
        Proves::Confirmation(_) => messages().reauth.confirm,
    };
    view! {
        <Form button on_submit=submit is_in_page=false>
            <TextField name label autocomplete/>
        </Form>
    }
}

fn use_passkey(state: State, ticket: String) {
    state.error.set(None);
    spawn_local(async move {
        let (purpose, of_login) = match state.proves {
            Proves::Login(_) => (ChallengePurpose::SecondFactor, Some(ticket.as_str())),
            Proves::Confirmation(_) => (ChallengePurpose::Confirm, None),
        };
        let result = match passkeys::get(state.session, purpose, of_login).await {
            Ok(passkey) => {
                let factor = SecondFactor { ticket, passkey: Some(passkey), ..SecondFactor::default() };
                state.send(factor).await.map_err(Some)
            }
            Err(failure) => Err(failure),
        };
        if let Err(Some(failure)) = result {
            _ = state.error.try_set(Some(messages::error(&failure)));
        }
    });
}

impl State {
    async fn send(self, factor: SecondFactor) -> Result<(), Error> {
        let reply = match self.proves {
            Proves::Login(_) => self.session.finish_login(&factor).await,
            Proves::Confirmation(password) => {
                let SecondFactor { totp, recovery_code, passkey, .. } = factor;
                let password = password.get_untracked();
                self.session.confirm(&Confirm { password, totp, recovery_code, passkey }).await
            }
        };
        passkeys::forget_unknown(&reply);
        if let Proves::Login(steps) = self.proves {
            match &reply {
                Ok(()) => self.reauth.on_login(),
                Err(Error::Problem(problem)) if problem.code == ErrorCode::TicketInvalid => steps.start_again(true),
                Err(_) => {}
            }
        }
        reply
    }
}

fn button(value: &str, is_first: bool, text: &str) -> leptos::tachys::renderer::types::Element {
    let class = if is_first { "button" } else { "button second" };
    text_element("button", &[("type", "button"), ("class", class), ("value", value)], text)
}

fn name_of(kind: FactorKind) -> &'static str {
    let text = &messages().factors;
    match kind {
        FactorKind::Totp => text.code,
        FactorKind::RecoveryCode => text.use_recovery_code,
        FactorKind::Passkey | FactorKind::Unknown => text.use_passkey,
    }
}
