//! A session in the list.

use leptos::prelude::*;

use super::{
    button::{DANGER, button},
    state::SessionsState,
};
use crate::{
    components::{DateTime, Form, FormValues, RelativeTime, TextField},
    leptos_ext::{ClientOnly, client_only_views, reactive_text},
    messages::{self, EndTarget, messages},
};
use doorward_api::{Device, Session, Timestamp};

/// A list item. The id of its heading is the session's id.
pub fn item(state: SessionsState, session: Session) -> ClientOnly {
    ClientOnly::new(move || view! { <Item state session/> })
}

#[component]
fn Item(state: SessionsState, session: Session) -> impl IntoView {
    let text = &messages().sessions;
    let name = messages::session_name(&session);
    let (to_end, to_rename) = (session.clone(), session.clone());
    let Session { id, current, policy, device, ip, created_at, last_used_at, expires_at, .. } = session;
    let used = last_used_at.clone();
    let last_used = if current {
        ClientOnly::new(|| view! { <strong>{messages().sessions.active_now}</strong> })
    } else {
        ClientOnly::new(move || view! { <RelativeTime at=used/> })
    };
    let rename_id = id.clone();
    let rename = button(
        "quiet",
        text.rename,
        Some("rename-".to_owned() + &id),
        id.clone(),
        Box::new(|| None),
        Box::new(move || state.start_renaming(&rename_id)),
    );
    let end = Box::new(move || state.confirm_end(EndTarget::One(Box::new(to_end.clone()))));
    let end = button(DANGER, text.end_one, None, id.clone(), Box::new(|| None), end);
    let is_renaming = {
        let id = id.clone();
        move || state.renaming.get().as_ref() == Some(&id)
    };
    let hide_actions = is_renaming.clone();
    view! {
        <li>
            <span class="device-icon" aria-hidden="true" inner_html=icon(&device)></span>
            <div class="name">
                <h2 id=id tabindex="-1" dir="auto">{name}</h2>
                <p class="badge">{if current { text.this_device } else { "" }}</p>
            </div>
            <details>
                <summary><span class="visually-hidden">{text.details}</span>{ip.map(|ip| ip + " · ").unwrap_or_default()}{last_used}</summary>
                <dl>
                    <div><dt>{text.device_label}</dt><dd>{messages::device(&device)}</dd></div>
                    {date(text.last_used, last_used_at)}
                    {date(text.logged_in, created_at)}
                    {date(text.ends, expires_at)}
                </dl>
                // Once on the page: the devices of an account differ in it only while the operator changes it.
                <p class="policy">{if current { messages::policy(policy) } else { "" }}</p>
            </details>
            <div class="actions" hidden=reactive_text(move || hide_actions().then_some(""))>
                {rename}
                {end}
            </div>
            {client_only_views(move || is_renaming().then(|| {
                let session = to_rename.clone();
                ClientOnly::new(move || view! { <Rename state session/> })
            }))}
        </li>
    }
}

fn date(label: &'static str, at: Timestamp) -> ClientOnly {
    ClientOnly::new(move || view! { <div><dt>{label}</dt><dd><DateTime at/></dd></div> })
}

fn icon(device: &Device) -> String {
    let path = match device.os.as_str() {
        "iPhone" | "iPod" | "Android" => {
            "M9 2.5h6a2 2 0 0 1 2 2v15a2 2 0 0 1-2 2H9a2 2 0 0 1-2-2v-15a2 2 0 0 1 2-2zM11 18.5h2"
        }
        "iPad" => "M6 2.5h12a2 2 0 0 1 2 2v15a2 2 0 0 1-2 2H6a2 2 0 0 1-2-2v-15a2 2 0 0 1 2-2zM10.5 18.5h3",
        _ if messages::is_program(device) => {
            "M4.5 4h15A1.5 1.5 0 0 1 21 5.5v13a1.5 1.5 0 0 1-1.5 1.5h-15A1.5 1.5 0 0 1 3 18.5v-13A1.5 1.5 0 0 1 4.5 4zM7 9l3 3-3 3M12.5 15.5H17"
        }
        _ => "M5.5 5h13A1.5 1.5 0 0 1 20 6.5V16H4V6.5A1.5 1.5 0 0 1 5.5 5zM2 19.5h20",
    };
    r#"<svg viewBox="0 0 24 24"><path d=""#.to_owned() + path + r#""/></svg>"#
}

#[component]
fn Rename(state: SessionsState, session: Session) -> impl IntoView {
    let text = &messages().sessions;
    let id = session.id.clone();
    let name = messages::session_name(&session);
    let rename = async move |values: FormValues| state.rename(session.clone(), values.text("label")).await;
    view! {
        <div class="rename">
            <Form button=text.save on_submit=rename on_cancel=move || state.stop_renaming(&id)>
                <TextField
                    name="label"
                    label=text.name_label
                    autocomplete="off"
                    value=move || Some(name.clone())
                    is_optional=true
                />
            </Form>
        </div>
    }
}
