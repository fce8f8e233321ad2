//! The security page: passkeys, authenticator app, recovery codes, and whether logins take a second step.

mod content;
mod panel;
mod state;

use leptos::{prelude::*, task::spawn_local};

use self::{content::content, panel::PanelDialog, state::SecurityState};
use crate::{
    components::{Buttons, ConfirmDialog, Fetched, ProtectedPage, ROW},
    leptos_ext::{ClientOnly, client_only_views, effect},
    messages::messages,
};

#[component]
pub fn Security() -> impl IntoView {
    view! {
        <ProtectedPage title=messages().security.title layout="settings" lead=messages().security.lead skeleton>
            <Content/>
        </ProtectedPage>
    }
}

fn skeleton() -> impl IntoView {
    let section = |rows| {
        let heading = r#"<section><span class="skeleton as-heading"></span><span class="skeleton as-lead"></span><div class="rows">"#;
        [heading, &ROW.repeat(rows), "</div></section>"].concat()
    };
    view! { <div aria-hidden="true" inner_html=section(1) + &section(3)></div> }
}

/// Fetched again on each visit, and dropped with the page or at logout.
#[component]
fn Content() -> impl IntoView {
    let state = SecurityState::new();
    let fetch = move || spawn_local(state.fetch());
    effect(fetch);
    view! {
        <Fetched load=state.load retry=fetch skeleton>
            <Buttons
                on_button=move |value: &str, id: &str| state.on_button(value, id)
                content=client_only_views(move || {
                    state.security.get().map(|security| ClientOnly::of_element(move || content(&security)))
                })
            />
        </Fetched>
        <ConfirmDialog confirm=state.confirm/>
        <PanelDialog state/>
    }
}
