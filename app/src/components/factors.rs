//! The second step: a code of an authenticator app, a recovery code, or a passkey.

use std::{sync::Arc, time::Duration};

use futures::future::LocalBoxFuture;
use leptos::{leptos_dom::helpers::set_timeout_with_handle, prelude::*, task::spawn_local};

use super::{
    TextField, focus_on,
    form::{Form, FormError, FormValues},
    notice::Notice,
};
use crate::{
    leptos_ext::{ClientOnly, clicked_button, client_only_views, element, text_element},
    messages::{self, messages},
    passkeys,
};
use doorward::{Error, PendingLogin, use_session};
use doorward_api::{ChallengePurpose, ErrorCode, FactorKind, SecondFactor};

/// Sends a factor. Boxed, so that all dialogs and pages share one form.
#[derive(Clone)]
pub struct OnFactor(Arc<dyn Fn(SecondFactor) -> LocalBoxFuture<'static, Result<(), Error>> + Send + Sync>);

impl<F: AsyncFn(SecondFactor) -> Result<(), Error> + Send + Sync + 'static> From<F> for OnFactor {
    fn from(send: F) -> Self {
        let send = Arc::new(send);
        Self(Arc::new(move |factor| {
            let send = Arc::clone(&send);
            Box::pin(async move { send(factor).await })
        }))
    }
}

/// Leaves the second step. True: the login has to start again.
#[derive(Clone)]
pub struct OnLeave(Arc<dyn Fn(bool) + Send + Sync>);

impl<F: Fn(bool) + Send + Sync + 'static> From<F> for OnLeave {
    fn from(leave: F) -> Self {
        Self(Arc::new(leave))
    }
}

/// The last button of the list.
const LEAVE: &str = "leave";

#[component]
pub fn Factors(
    /// The kinds of factor that the account has, and the ticket of a login. A confirmation has no ticket.
    pending: PendingLogin,
    button: &'static str,
    #[prop(into)] on_factor: OnFactor,
    /// The label of the button that leaves.
    leave: &'static str,
    #[prop(into)] on_leave: OnLeave,
) -> impl IntoView {
    let session = use_session();
    let PendingLogin { ticket, methods, expires_in } = pending;
    let is_usable = |kind: &FactorKind| match kind {
        FactorKind::Passkey => passkeys::is_supported(),
        kind => *kind != FactorKind::Unknown,
    };
    let methods: Vec<_> = methods.into_iter().filter(is_usable).collect();
    let current = RwSignal::new(methods.first().copied());
    // Of the passkey.
    let error = RwSignal::new(None::<String>);
    let is_login = !ticket.is_empty();
    let OnLeave(leave_with) = on_leave;
    if is_login && is_browser() {
        let leave = Arc::clone(&leave_with);
        if let Ok(timer) = set_timeout_with_handle(move || leave(true), Duration::from_secs(expires_in)) {
            on_cleanup(move || timer.clear());
        }
    }

    let ticket = StoredValue::new(ticket);
    let on_factor = StoredValue::new(on_factor);
    let on_leave = StoredValue::new(Arc::clone(&leave_with));
    let send = move |factor: SecondFactor| {
        let sent = on_factor.with_value(|OnFactor(send)| send(SecondFactor { ticket: ticket.get_value(), ..factor }));
        async move {
            let reply = sent.await;
            if has_code(&reply, ErrorCode::TicketInvalid) {
                on_leave.with_value(|leave| leave(true));
            }
            if has_code(&reply, ErrorCode::PasskeyUnknown) {
                passkeys::notify("forget");
            }
            reply
        }
    };
    let use_passkey = move || {
        error.set(None);
        spawn_local(async move {
            let purpose = if is_login { ChallengePurpose::SecondFactor } else { ChallengePurpose::Confirm };
            let ticket = Some(ticket.get_value()).filter(|_| is_login);
            let result = match passkeys::get(session, purpose, ticket).await {
                Ok(passkey) => {
                    send(SecondFactor { passkey: Some(passkey), ..SecondFactor::default() }).await.map_err(Some)
                }
                Err(failure) => Err(failure),
            };
            if let Err(Some(failure)) = result {
                error.try_set(Some(messages::error(&failure)));
            }
        });
    };
    on_cleanup(|| {
        if passkeys::is_supported() {
            passkeys::notify("cancel");
        }
    });

    let form = move |kind| {
        let (name, label, autocomplete) = field(kind);
        let submit = async move |values: FormValues| {
            let text = Some(values.text(name));
            let factor = SecondFactor::default();
            let factor = match kind {
                FactorKind::Totp => SecondFactor { totp: text, ..factor },
                _ => SecondFactor { recovery_code: text, ..factor },
            };
            error.set(None);
            send(factor).await.map_err(|error| FormError::of_code(error, name))
        };
        ClientOnly::new(move || {
            view! {
                <Form button on_submit=submit is_in_page=false>
                    <TextField name label autocomplete/>
                </Form>
            }
        })
    };
    let buttons = move || {
        let shown = current.get();
        let button = |value, class, text| {
            text_element("button", &[("type", "button"), ("class", class), ("value", value)], text)
        };
        let others = methods.iter().filter(|kind| **kind == FactorKind::Passkey || Some(**kind) != shown);
        let mut buttons: Vec<_> = others
            .map(|kind| {
                let class = if Some(*kind) == shown { "button" } else { "button second" };
                button(kind.name(), class, name_of(*kind))
            })
            .collect();
        buttons.push(button(LEAVE, "button second", leave));
        ClientOnly::of_element(move || element("div", &[("class", "others")], &buttons))
    };
    view! {
        {client_only_views(move || current.get().filter(|kind| *kind != FactorKind::Passkey).map(form))}
        <div role="alert"><Notice class="notice error" text=move || error.get()/></div>
        <div on:click=move |event| {
            let Some((value, _)) = clicked_button(&event) else { return };
            match [FactorKind::Totp, FactorKind::RecoveryCode].into_iter().find(|kind| kind.name() == value) {
                Some(kind) => {
                    current.set(Some(kind));
                    focus_on(value);
                }
                None if value == LEAVE => leave_with(false),
                None => use_passkey(),
            }
        }>
            {client_only_views(move || Some(buttons()))}
        </div>
    }
}

/// The name of the field, which is that of the member in JSON and of the kind, its label and its `autocomplete`.
fn field(kind: FactorKind) -> (&'static str, &'static str, &'static str) {
    let text = &messages().factors;
    match kind {
        FactorKind::Totp => (kind.name(), text.code, "one-time-code"),
        _ => (kind.name(), text.recovery_code, "off"),
    }
}

fn name_of(kind: FactorKind) -> &'static str {
    let text = &messages().factors;
    match kind {
        FactorKind::Totp => text.code,
        FactorKind::RecoveryCode => text.use_recovery_code,
        FactorKind::Passkey | FactorKind::Unknown => text.use_passkey,
    }
}

pub(crate) fn has_code<T>(reply: &Result<T, Error>, code: ErrorCode) -> bool {
    matches!(reply, Err(Error::Problem(problem)) if problem.code == code)
}
