//! One session.

use leptos::prelude::*;

use super::live::Live;
use crate::{
    api::Session,
    components::{Form, TextField, Typed, When},
    private::Private,
    words::{self, Which},
};

const COMPUTER: &str = r#"<svg viewBox="0 0 24 24" width="24" height="24" fill="none" stroke="currentColor" stroke-width="1.75" stroke-linecap="round" stroke-linejoin="round"><rect x="4" y="5" width="16" height="11" rx="1.5"/><path d="M2 19.5h20"/></svg>"#;
const PHONE: &str = r#"<svg viewBox="0 0 24 24" width="24" height="24" fill="none" stroke="currentColor" stroke-width="1.75" stroke-linecap="round" stroke-linejoin="round"><rect x="7" y="2.5" width="10" height="19" rx="2"/><path d="M11 18.5h2"/></svg>"#;

/// A session, and what can be done about it. Its heading has its id.
pub fn item(live: Live, session: Session, renamed: Option<&str>) -> impl IntoView + use<> {
    let Session { id, current, policy, label, device, ip, created_at, last_used_at, expires_at } = session.clone();
    let is_renamed = renamed == Some(&id);
    let picture = if matches!(device.os.as_str(), "Android" | "iPhone" | "iPad" | "iPod") { PHONE } else { COMPUTER };
    let device = label.is_some().then(|| words::device(&device));
    let asked = session.clone();
    let opened = id.clone();
    view! {
        <li>
            <span class="picture" aria-hidden="true" inner_html=picture></span>
            <div class="about">
                <h2 id=id.clone() tabindex="-1">{words::name(&session)}</h2>
                {current.then(|| view! { <p class="badge">"This device"</p> })}
                {device.map(|device| view! { <p class="kind">{device}</p> })}
            </div>
            <dl class="moments">
                <div><dt>"Last used"</dt><dd><When at=last_used_at/></dd></div>
                <div><dt>"Address"</dt><dd>{ip}</dd></div>
                <div><dt>"Logged in"</dt><dd><When at=created_at/></dd></div>
                <div><dt>"Ends"</dt><dd><When at=expires_at/></dd></div>
            </dl>
            <p class="policy">{words::policy(policy)}</p>
            <div class="actions" hidden=is_renamed>
                <button
                    type="button"
                    class="button second"
                    id=format!("rename-{id}")
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
            {is_renamed.then(|| Private::new(move || view! { <Rename live session/> }))}
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
            <Form button="Save" send cancel=move |()| live.stop_renaming(&id)>
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
