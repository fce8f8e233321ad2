//! Dialogs with a form: another name for a passkey, and the first code of an authenticator app.

use leptos::{prelude::*, tachys::renderer::types::Element};

use super::{
    content::TURN_OFF,
    state::{Changed, Panel, SecurityState, TOTP, path},
};
use crate::{
    components::{Form, FormError, FormValues, Modal, TextField},
    leptos_ext::{ClientOnly, client_only_views, element, live_text, text_element},
    messages::{self, messages},
};
use doorward_api::{ConfirmTotp, RenamePasskey, TotpSetup};

#[component]
pub(super) fn PanelDialog(state: SecurityState) -> impl IntoView {
    client_only_views(move || state.panel.get().map(|panel| ClientOnly::new(move || view! { <Dialog state panel/> })))
}

#[component]
fn Dialog(state: SecurityState, panel: Panel) -> impl IntoView {
    let text = &messages().security;
    let (title, lead, field, label, button, value, setup) = match &panel {
        Panel::Rename(passkey) => {
            let title = messages::with_name(text.rename_title, &passkey.name);
            (title, text.rename_lead, "name", text.passkey_name, text.save, passkey.name.clone(), None)
        }
        Panel::SetUp(setup) => {
            let label = messages().factors.code;
            (text.app.to_owned(), text.set_up_lead, "new_totp", label, text.turn_on, String::new(), Some(setup.clone()))
        }
    };
    let (is_name, autocomplete) = if setup.is_none() { (true, "off") } else { (false, "one-time-code") };
    let submit = async move |values: FormValues| {
        let typed = values.text(field);
        let (request, done, focus) = match &panel {
            Panel::Rename(passkey) => {
                let form = RenamePasskey { name: typed.clone() };
                (state.session.patch::<Changed>(&path(passkey)).json(&form), text.renamed, passkey.id.as_str())
            }
            Panel::SetUp(_) => {
                (state.session.put(TOTP).json(&ConfirmTotp { code: typed.clone() }), text.app_added, TURN_OFF)
            }
        };
        let changed = request.await.map_err(|error| FormError::of_code(error, field))?;
        state.toast.show(messages::with_name(done, typed.trim()));
        state.finish(changed, focus).await;
        Ok(())
    };
    view! {
        <Modal id="panel" title description=live_text(move || lead) focus=field on_close=move || state.panel.set(None)>
            {setup.map(|setup| ClientOnly::of_element(move || about(&setup)))}
            <Form button on_submit=submit on_cancel=move || state.panel.set(None) is_in_page=false>
                // The server says what is wrong with a name.
                <TextField name=field label autocomplete value=move || Some(value.clone()) is_optional=is_name/>
            </Form>
        </Modal>
    }
}

/// The seed, as a picture and as a text.
fn about(setup: &TotpSetup) -> Element {
    let text = &messages().security;
    let TotpSetup { secret, uri, qr, qr_size, .. } = setup;
    let picture = element("div", &[("class", "qr"), ("role", "img"), ("aria-label", text.qr_code)], &[]);
    let size = qr_size.to_string();
    picture.set_inner_html(&["<svg viewBox=\"0 0 ", &size, " ", &size, "\"><path d=\"", qr, "\"/></svg>"].concat());
    let mut key = String::new();
    for (index, character) in secret.chars().enumerate() {
        if index > 0 && index % 4 == 0 {
            key.push(' ');
        }
        key.push(character);
    }
    element(
        "div",
        &[("class", "seed")],
        &[
            picture,
            text_element("p", &[], text.secret),
            text_element("code", &[("translate", "no")], &key),
            element("p", &[], &[text_element("a", &[("href", uri)], text.open_app)]),
        ],
    )
}
