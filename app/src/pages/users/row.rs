//! A user in the list.

use leptos::tachys::renderer::types::Element;

use crate::{
    components::{format_date_time, format_relative},
    leptos_ext::{element, text_element},
    messages::{self, messages},
};
use doorward_api::UserSummary;

/// The values of the buttons.
pub const LOG_OUT: &str = "sessions";
pub const DISABLE: &str = "disable";
pub const ENABLE: &str = "enable";
pub const RESET: &str = "reset-password";

/// A list item. `has_reset`: whether users can be sent a link to set a new password.
pub fn row(user: &UserSummary, is_own: bool, has_reset: bool) -> Element {
    let texts = &messages().users;
    let is_disabled = user.disabled_at.is_some();
    let initial: String = user.name.chars().take(1).collect();

    let name_id = String::from("name-") + &user.id;
    let mut name = vec![text_element("bdi", &[("id", &name_id)], &user.name)];
    let mut chip = |class, text: &str| name.push(text_element("span", &[("class", class)], text));
    if is_own {
        chip("chip", texts.you);
    }
    if is_disabled {
        chip("chip warning", texts.disabled);
    }
    for role in &user.roles {
        chip("chip", role);
    }

    let mut buttons = Vec::new();
    let mut button = |value, label| {
        let attributes = [("type", "button"), ("class", "quiet"), ("value", value), ("aria-describedby", &name_id)];
        buttons.push(text_element("button", &attributes, label));
    };
    if user.sessions > 0 {
        button(LOG_OUT, texts.log_out);
    }
    if has_reset && !is_disabled {
        button(RESET, texts.reset);
    }
    if is_disabled {
        button(ENABLE, texts.enable);
    } else {
        button(DISABLE, texts.disable);
    }

    let created_at = user.created_at.as_str();
    let exact = format_date_time(&created_at.into(), "short");
    let joined = messages::user_joined(&format_relative(&user.created_at));
    let usage = [
        text_element("span", &[], &messages::user_sessions(user)),
        text_element("time", &[("datetime", created_at), ("title", &exact)], &joined),
    ];
    let about = [
        element("p", &[], &name),
        element("p", &[("class", "where")], &[text_element("bdi", &[], &user.email)]),
        element("p", &[("class", "where")], &usage),
    ];
    let parts = [
        text_element("span", &[("class", "entry-icon"), ("aria-hidden", "true")], &initial),
        element("div", &[("class", "entry")], &about),
        element("div", &[("class", "entry-actions")], &buttons),
    ];
    let class = if is_disabled { "disabled" } else { "" };
    element("li", &[("id", &user.id), ("tabindex", "-1"), ("class", class)], &parts)
}
