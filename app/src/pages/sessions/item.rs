//! One session.

use leptos::prelude::*;

use super::live::Live;
use crate::{
    components::{Form, TextField, Typed, When},
    content::changing,
    private::{self, Private},
    words::{self, Which},
};
use doorward_api::Session;

const COMPUTER: &str = r#"<svg viewBox="0 0 24 24"><path d="M5.5 5h13A1.5 1.5 0 0 1 20 6.5V16H4V6.5A1.5 1.5 0 0 1 5.5 5zM2 19.5h20"/></svg>"#;
const PHONE: &str = r#"<svg viewBox="0 0 24 24"><path d="M9 2.5h6a2 2 0 0 1 2 2v15a2 2 0 0 1-2 2H9a2 2 0 0 1-2-2v-15a2 2 0 0 1 2-2zM11 18.5h2"/></svg>"#;

/// A session, and what can be done about it. Its heading has its id.
pub fn item(live: Live, session: Session) -> Private {
    Private::new(move || view! { <Item live session/> })
}

#[component]
fn Item(live: Live, session: Session) -> impl IntoView {
    let is_phone = matches!(session.device.os.as_str(), "Android" | "iPhone" | "iPad" | "iPod");
    let name = words::name(&session);
    let device = if session.label.is_some() { words::device(&session.device) } else { String::new() };
    let (asked, renamed) = (session.clone(), session.clone());
    let Session { id, current, policy, ip, created_at, last_used_at, expires_at, .. } = session;
    let rename = format!("rename-{id}");
    let opened = id.clone();
    let is_renamed = {
        let id = id.clone();
        move || live.renamed.get().as_ref() == Some(&id)
    };
    let is_open = is_renamed.clone();
    view! {
        <li>
            <span class="picture" aria-hidden="true" inner_html=if is_phone { PHONE } else { COMPUTER }></span>
            <div class="about">
                <h2 id=id.clone() tabindex="-1">{name}</h2>
                <p class="badge">{if current { "This device" } else { "" }}</p>
                <p class="kind">{device}</p>
            </div>
            <dl class="moments">
                <div><dt>"Last used"</dt><dd><When at=last_used_at/></dd></div>
                <div><dt>"Address"</dt><dd>{ip}</dd></div>
                <div><dt>"Logged in"</dt><dd><When at=created_at/></dd></div>
                <div><dt>"Ends"</dt><dd><When at=expires_at/></dd></div>
            </dl>
            <p class="policy">{words::policy(policy)}</p>
            <div class="actions" hidden=changing(move || is_open().then_some(""))>
                <button
                    type="button"
                    class="button second"
                    id=rename
                    aria-describedby=id.clone()
                    on:click=move |_| live.start_renaming(&opened)
                >
                    "Rename"
                </button>
                <button
                    type="button"
                    class="button second"
                    aria-describedby=id
                    on:click=move |_| live.ask(Which::One(asked.clone()))
                >
                    "End session"
                </button>
            </div>
            {private::changing(move || is_renamed().then(|| {
                let session = renamed.clone();
                Private::new(move || view! { <Rename live session/> })
            }))}
        </li>
    }
}

/// The form for another name.
#[component]
fn Rename(live: Live, session: Session) -> impl IntoView {
    let id = session.id.clone();
    let label = session.label.clone();
    let send = async move |typed: Typed| live.rename(session.clone(), typed.text("label")).await;
    view! {
        <div class="rename">
            <Form button="Save" send cancel=move || live.stop_renaming(&id)>
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
