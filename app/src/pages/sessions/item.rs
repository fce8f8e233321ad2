//! A session in the list.

use leptos::prelude::*;

use super::state::SessionsState;
use crate::{
    components::{DateTime, Form, FormValues, TextField},
    leptos_ext::{ClientOnly, client_only_views, reactive_text},
    messages::{self, EndTarget},
};
use doorward_api::Session;

const COMPUTER: &str = r#"<svg viewBox="0 0 24 24"><path d="M5.5 5h13A1.5 1.5 0 0 1 20 6.5V16H4V6.5A1.5 1.5 0 0 1 5.5 5zM2 19.5h20"/></svg>"#;
const PHONE: &str = r#"<svg viewBox="0 0 24 24"><path d="M9 2.5h6a2 2 0 0 1 2 2v15a2 2 0 0 1-2 2H9a2 2 0 0 1-2-2v-15a2 2 0 0 1 2-2zM11 18.5h2"/></svg>"#;

/// A list item. The id of its heading is the session's id.
pub fn item(state: SessionsState, session: Session) -> ClientOnly {
    ClientOnly::new(move || view! { <Item state session/> })
}

#[component]
fn Item(state: SessionsState, session: Session) -> impl IntoView {
    let is_phone = matches!(session.device.os.as_str(), "Android" | "iPhone" | "iPad" | "iPod");
    let name = messages::session_name(&session);
    let device = if session.label.is_some() { messages::device(&session.device) } else { String::new() };
    let (to_end, to_rename) = (session.clone(), session.clone());
    let Session { id, current, policy, ip, created_at, last_used_at, expires_at, .. } = session;
    let rename_button = format!("rename-{id}");
    let rename_id = id.clone();
    let is_renaming = {
        let id = id.clone();
        move || state.renaming.get().as_ref() == Some(&id)
    };
    let hide_actions = is_renaming.clone();
    view! {
        <li>
            <span class="device-icon" aria-hidden="true" inner_html=if is_phone { PHONE } else { COMPUTER }></span>
            <div class="about">
                <h2 id=id.clone() tabindex="-1">{name}</h2>
                <p class="badge">{if current { "This device" } else { "" }}</p>
                <p class="kind">{device}</p>
            </div>
            <dl class="session-dates">
                <div><dt>"Last used"</dt><dd><DateTime at=last_used_at/></dd></div>
                <div><dt>"Address"</dt><dd>{ip}</dd></div>
                <div><dt>"Logged in"</dt><dd><DateTime at=created_at/></dd></div>
                <div><dt>"Ends"</dt><dd><DateTime at=expires_at/></dd></div>
            </dl>
            <p class="policy">{messages::policy(policy)}</p>
            <div class="actions" hidden=reactive_text(move || hide_actions().then_some(""))>
                <button
                    type="button"
                    class="button second"
                    id=rename_button
                    aria-describedby=id.clone()
                    on:click=move |_| state.start_renaming(&rename_id)
                >
                    "Rename"
                </button>
                <button
                    type="button"
                    class="button second"
                    aria-describedby=id
                    on:click=move |_| state.confirm(EndTarget::One(to_end.clone()))
                >
                    "End session"
                </button>
            </div>
            {client_only_views(move || is_renaming().then(|| {
                let session = to_rename.clone();
                ClientOnly::new(move || view! { <Rename state session/> })
            }))}
        </li>
    }
}

#[component]
fn Rename(state: SessionsState, session: Session) -> impl IntoView {
    let id = session.id.clone();
    let label = session.label.clone();
    let rename = async move |values: FormValues| state.rename(session.clone(), values.text("label")).await;
    view! {
        <div class="rename">
            <Form button="Save" on_submit=rename on_cancel=move || state.stop_renaming(&id)>
                <TextField
                    name="label"
                    label="Name of this device"
                    autocomplete="off"
                    value=move || label.clone()
                    is_optional=true
                />
            </Form>
        </div>
    }
}
