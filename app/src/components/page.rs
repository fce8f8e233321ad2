//! The frame of a page: document title, heading and initial focus.

use leptos::{html, prelude::*, web_sys::FocusOptions};

use super::{
    focus::{focus_on, has_keyboard},
    title::set_title,
};
use crate::leptos_ext::{BoxedChildren, effect, erase, live_text};
use crate::messages::messages;
use doorward::use_session;

/// Whether the current page is the first one. It leaves the focus where the browser has put it.
#[derive(Clone, Copy)]
pub struct FirstPage(RwSignal<bool>);

impl FirstPage {
    /// Whether the page that is being built is the first one.
    pub(super) fn is_current() -> bool {
        use_context().is_none_or(|Self(is_first)| is_first.get_untracked())
    }
}

impl Default for FirstPage {
    fn default() -> Self {
        Self(RwSignal::new(true))
    }
}

#[component]
pub fn Page(
    /// The heading, and the first half of the document title.
    title: &'static str,
    /// The CSS class of the layout.
    #[prop(default = "narrow")]
    layout: &'static str,
    /// The paragraph below the heading.
    #[prop(default = None)]
    lead: Option<&'static str>,
    /// Whether the page is for guests only. Until the session is known, the heading is neutral, as a redirect may follow.
    #[prop(optional)]
    for_guests: bool,
    /// The id of the field that has the focus on arrival, where that opens no keyboard on the screen.
    #[prop(optional)]
    focus: Option<&'static str>,
    children: BoxedChildren,
) -> impl IntoView {
    let h1 = NodeRef::<html::H1>::new();
    set_title(title);
    let FirstPage(is_first) = expect_context();
    let session = use_session();
    let is_undecided = move || for_guests && session.is_logged_in().is_none();
    let heading = live_text(move || if is_undecided() { messages().shell.one_moment } else { title });

    // Client-side navigation is silent in screen readers; focusing the heading announces the page.
    effect(move || {
        let Some(h1) = h1.get() else { return };
        if is_first.get_untracked() {
            is_first.set(false);
        } else if let Some(field) = focus.filter(|_| has_keyboard()) {
            focus_on(field.to_owned());
        } else {
            let without_scrolling = FocusOptions::new();
            without_scrolling.set_prevent_scroll(true);
            _ = h1.focus_with_options(&without_scrolling);
        }
    });

    erase(move || {
        view! {
            <div class=layout>
                <h1 node_ref=h1 tabindex="-1">{heading}</h1>
                {lead.map(|lead| view! { <p class="lead">{lead}</p> })}
                {children.view()}
            </div>
        }
    })
}
