//! What the page shows, and its buttons. Elements instead of views: the code for each type of view would be larger.

use leptos::tachys::renderer::types::Element;

use crate::{
    components::format_relative,
    leptos_ext::{element, text_element},
    messages::{self, messages},
    page_data::PageData,
    passkeys,
};
use doorward_api::{AccountSecurity, Passkey};

/// The values of the buttons. Those of the page are also their ids.
pub(super) const ADD: &str = "add-passkey";
pub(super) const RENAME: &str = "rename";
pub(super) const REMOVE: &str = "remove";
pub(super) const SWITCH: &str = "second-step";
pub(super) const SET_UP: &str = "set-up-totp";
pub(super) const TURN_OFF: &str = "turn-off-totp";
pub(super) const MAKE_CODES: &str = "make-codes";

pub(super) fn content(security: &AccountSecurity) -> Element {
    let text = &messages().security;
    let mut parts = Vec::new();
    if let Some(at) = &security.factors_reset_at {
        let asked = messages::at(text.reset_asked, &format_relative(at));
        parts.push(text_element("p", &[("class", "notice caution")], &asked));
    }
    let has_passkeys = !security.passkeys.is_empty();
    if has_passkeys || PageData::current().has_passkeys {
        parts.push(passkey_section(security));
    }
    let is_on = security.second_step;
    let mut rows = Vec::new();
    if is_on || security.totp || has_passkeys {
        let checked = if is_on { "true" } else { "false" };
        let attributes = [
            ("type", "button"),
            ("role", "switch"),
            ("aria-checked", checked),
            ("aria-label", text.ask),
            ("value", SWITCH),
            ("id", SWITCH),
        ];
        let switch = element("dd", &[], &[element("button", &attributes, &[])]);
        rows.push(element("div", &[("class", "switch")], &[text_element("dt", &[], text.ask), switch]));
    }
    rows.push(if security.totp {
        row(text.app, text.app_on, TURN_OFF, text.turn_off)
    } else {
        row(text.app, text.app_off, SET_UP, text.set_up)
    });
    if is_on {
        rows.push(row(text.codes, &messages::codes_left(security), MAKE_CODES, text.make_codes));
    }
    parts.push(section(text.second_step, text.second_step_lead, &[element("dl", &[("class", "rows")], &rows)]));
    element("div", &[], &parts)
}

fn section(heading: &str, lead: &str, parts: &[Element]) -> Element {
    let section = element("section", &[], &[text_element("h2", &[], heading), text_element("p", &[], lead)]);
    for part in parts {
        _ = section.append_child(part);
    }
    section
}

/// A setting, its value, and its button.
fn row(name: &str, value: &str, button: &str, label: &str) -> Element {
    let attributes = [("type", "button"), ("class", "quiet"), ("value", button), ("id", button)];
    let button = text_element("button", &attributes, label);
    let parts = [text_element("dt", &[], name), text_element("dd", &[], value), element("dd", &[], &[button])];
    element("div", &[], &parts)
}

fn passkey_section(security: &AccountSecurity) -> Element {
    let text = &messages().security;
    let mut parts = Vec::new();
    if security.passkeys.is_empty() {
        parts.push(text_element("p", &[], text.no_passkeys));
    } else {
        let rows: Vec<_> = security.passkeys.iter().map(passkey_row).collect();
        parts.push(element("ul", &[("class", "entries"), ("role", "list")], &rows));
        if !security.second_step {
            parts.push(text_element("p", &[], text.password_alone));
        }
    }
    if passkeys::is_supported() {
        let attributes = [("type", "button"), ("class", "button second"), ("value", ADD), ("id", ADD)];
        let add = text_element("button", &attributes, text.add_passkey);
        parts.push(element("p", &[("class", "links")], &[add]));
    }
    section(text.passkeys, text.passkeys_lead, &parts)
}

/// The id of the list item is that of the passkey.
fn passkey_row(passkey: &Passkey) -> Element {
    let text = &messages().security;
    let name_id = String::from("name-") + &passkey.id;
    let mut name = vec![text_element("bdi", &[("id", &name_id)], &passkey.name)];
    let mut chip = |class, text| name.push(text_element("span", &[("class", class)], text));
    if passkey.backed_up {
        chip("chip", text.synced);
    }
    if !passkey.this_host {
        chip("chip warning", text.elsewhere);
    }
    let added = messages::at(text.added, &format_relative(&passkey.created_at));
    let used = match &passkey.last_used_at {
        Some(at) => messages::at(text.last_used, &format_relative(at)),
        None => text.never_used.to_owned(),
    };
    let times = [text_element("span", &[], &added), text_element("span", &[], &used)];
    let button = |value, label| {
        let attributes = [("type", "button"), ("class", "quiet"), ("value", value), ("aria-describedby", &*name_id)];
        text_element("button", &attributes, label)
    };
    let parts = [
        element("div", &[("class", "entry")], &[element("p", &[], &name), element("p", &[("class", "where")], &times)]),
        element("div", &[("class", "entry-actions")], &[button(RENAME, text.rename), button(REMOVE, text.remove)]),
    ];
    element("li", &[("id", &passkey.id), ("tabindex", "-1")], &parts)
}
