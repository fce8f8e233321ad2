//! The frame of a page: its title, its heading, and where the focus goes.

use leptos::{html, prelude::*, web_sys::FocusOptions};

use super::title::set_title;
use crate::{
    content::{Content, effect},
    in_one_go::InOneGo,
};
use doorward::use_session;

/// Whether no page has been shown yet. The first one leaves the focus where the browser has put it.
#[derive(Clone, Copy)]
pub struct FirstPage(RwSignal<bool>);

impl Default for FirstPage {
    fn default() -> Self {
        Self(RwSignal::new(true))
    }
}

/// A page with its title and its one heading.
#[component]
pub fn Page(
    /// The heading, and the first half of the document's title.
    title: &'static str,
    /// How it is laid out.
    #[prop(default = "narrow")]
    layout: &'static str,
    /// What it is for, where the heading leaves that open.
    #[prop(default = None)]
    lead: Option<&'static str>,
    /// Whether the page is for those who are not logged in: until that is known, the heading asks for patience.
    #[prop(optional)]
    for_guests: bool,
    /// What is below the heading.
    children: Content,
) -> impl IntoView {
    let h1 = NodeRef::<html::H1>::new();
    set_title(title);
    let FirstPage(is_first) = expect_context();
    let session = use_session();
    let is_open = move || for_guests && session.is_logged_in().is_none();
    let heading = move || if is_open() { "One moment…" } else { title }.to_owned();

    // A move to another page says nothing to a screen reader by itself: the focus on the new heading does.
    effect(move || {
        let Some(h1) = h1.get() else { return };
        if is_first.get_untracked() {
            is_first.set(false);
        } else {
            let without_scrolling = FocusOptions::new();
            without_scrolling.set_prevent_scroll(true);
            _ = h1.focus_with_options(&without_scrolling);
        }
    });

    InOneGo(view! {
        <div class=layout>
            <h1 node_ref=h1 tabindex="-1">{heading}</h1>
            {lead.map(|lead| view! { <p class="lead">{lead}</p> })}
            {children.view()}
        </div>
    })
}
