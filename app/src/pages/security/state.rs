//! The state of the security page, and the operations on it. What is dangerous requires a recent proof, for which the client asks.

use leptos::task::spawn_local;
use serde::Deserialize;

use super::content::{ADD, MAKE_CODES, REMOVE, RENAME, SET_UP, SWITCH, TURN_OFF};
use crate::{
    components::{Confirm, Confirmation, NewRecoveryCodes, Operation, PageLoad, Toast, focus_on},
    leptos_ext::State,
    messages::{self, messages},
    passkeys,
};
use doorward::{Error, RequestBuilder, SessionHandle, use_session};
use doorward_api::{
    AccountSecurity, AddPasskey, ChallengePurpose, Passkey, PasskeyAttestation, RequestChallenge, SetSecondStep,
    TotpSetup,
};

const PASSKEYS: &str = "/api/account/passkeys";
pub(super) const TOTP: &str = "/api/account/totp";

/// The response to a change, or none.
pub(super) type Changed = Option<Codes>;

/// The codes that the change has made, if any.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Codes {
    recovery_codes: Vec<String>,
}

/// What is open over the page.
#[derive(Clone)]
pub(super) enum Panel {
    Rename(Passkey),
    SetUp(TotpSetup),
}

/// Owned by the page, so that an operation completes even if the dialog that started it has been closed.
#[derive(Clone, Copy)]
pub(super) struct SecurityState {
    pub(super) session: SessionHandle,
    pub(super) load: PageLoad,
    pub(super) security: State<Option<AccountSecurity>>,
    pub(super) panel: State<Option<Panel>>,
    pub(super) confirm: Confirm,
    pub(super) toast: Toast,
    codes: NewRecoveryCodes,
}

impl SecurityState {
    pub(super) fn new() -> Self {
        Self {
            session: use_session(),
            load: PageLoad::idle(),
            security: State::new(None),
            panel: State::new(None),
            confirm: Confirm::idle(),
            toast: Toast::current(),
            codes: NewRecoveryCodes::current(),
        }
    }

    /// What is already shown stays if the request fails.
    pub(super) async fn fetch(self) {
        self.load.start();
        let reply = self.session.get::<AccountSecurity>("/api/account/security").await;
        if self.load.is_disposed() {
            return;
        }
        match reply {
            Ok(security) => {
                self.security.set(Some(security));
                self.load.finish();
            }
            Err(error) if !self.load.is_ready() => self.load.fail(&error),
            Err(_) => {}
        }
    }

    /// Runs the operation of a button; those that take something away after a confirmation.
    pub(super) fn on_button(self, button: &str, passkey_id: &str) {
        let text = &messages().security;
        let Some(security) = self.security.get_untracked() else { return };
        let passkey = security.passkeys.iter().find(|passkey| passkey.id == passkey_id).cloned();
        let Some(&button) =
            [ADD, RENAME, REMOVE, SWITCH, SET_UP, TURN_OFF, MAKE_CODES].iter().find(|one| **one == button)
        else {
            return;
        };
        let named =
            |template| passkey.as_ref().map(|passkey| messages::with_name(template, &passkey.name)).unwrap_or_default();
        let (heading, consequence, label) = match button {
            REMOVE => (named(text.confirm_remove), text.remove_consequence, text.remove),
            TURN_OFF => (text.confirm_turn_off.to_owned(), text.turn_off_consequence, text.turn_off),
            MAKE_CODES if security.recovery_codes_left > 0 => {
                (text.confirm_codes.to_owned(), text.codes_consequence, text.make_codes)
            }
            RENAME => return self.panel.set(passkey.map(Panel::Rename)),
            _ => (String::new(), "", ""),
        };
        let on = !security.second_step;
        let operation: Operation = (async move || self.perform(button, passkey.clone(), on).await).into();
        if heading.is_empty() {
            self.toast.clear();
            spawn_local(self.confirm.run(operation));
        } else {
            self.confirm.open(Confirmation { heading, consequence: consequence.to_owned(), button: label, operation });
        }
    }

    /// Returns the message to show.
    async fn perform(self, button: &'static str, passkey: Option<Passkey>, on: bool) -> Result<Option<String>, Error> {
        let text = &messages().security;
        let session = self.session;
        let (request, done): (RequestBuilder<Changed>, String) = match button {
            ADD => {
                // As a request that waits for a confirmation, which comes before the ceremony.
                let challenge = RequestChallenge { purpose: ChallengePurpose::Passkey, ticket: None };
                let options = session.post::<Changed>("/api/auth/challenge").json(&challenge).text().await?;
                let mut answer = match passkeys::call("create", options).await {
                    Ok(texts) => texts.into_iter(),
                    Err(name) => return passkeys::failure(&name).map_or(Ok(Some(String::new())), Err),
                };
                let mut next = || answer.next().unwrap_or_default();
                let (id, client_data, attestation_object) = (next(), next(), next());
                let passkey = PasskeyAttestation { id, client_data, attestation_object, transports: answer.collect() };
                let form = AddPasskey { passkey, name: None };
                (session.post(PASSKEYS).json(&form), text.passkey_added.to_owned())
            }
            SET_UP => {
                let setup: TotpSetup = session.post(TOTP).await?;
                self.panel.set(Some(Panel::SetUp(setup)));
                return Ok(Some(String::new()));
            }
            REMOVE => {
                let Some(passkey) = passkey else { return Ok(Some(String::new())) };
                (session.delete(&path(&passkey)), messages::with_name(text.removed, &passkey.name))
            }
            TURN_OFF => (session.delete(TOTP), text.app_removed.to_owned()),
            MAKE_CODES => (session.post("/api/account/recovery-codes"), text.codes_made.to_owned()),
            _ => {
                let done = if on { text.asks } else { text.asks_no_more };
                (session.put("/api/account/second-step").json(&SetSecondStep { on }), done.to_owned())
            }
        };
        let changed = request.await?;
        self.finish(changed, if button == TURN_OFF { SET_UP } else { button }).await;
        Ok(Some(done))
    }

    /// Shows what a change has changed, and the codes that it has made. The button is another one then: `focus` is its id.
    pub(super) async fn finish(self, changed: Changed, focus: &str) {
        // Even if the page has been left: they are shown once.
        self.codes.show(&changed.unwrap_or_default().recovery_codes);
        passkeys::sync(self.session);
        if !self.load.is_disposed() {
            self.panel.set(None);
            self.fetch().await;
            focus_on(focus.to_owned());
        }
    }
}

/// The path of a passkey.
pub(super) fn path(passkey: &Passkey) -> String {
    String::from(PASSKEYS) + "/" + &passkey.id
}
