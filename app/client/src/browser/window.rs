//! What happens to the window and in the other tabs, told to the core.

use std::rc::Rc;

use gloo_events::EventListener;
use leptos::wasm_bindgen::JsCast;
use web_sys::{Event, MessageEvent, PageTransitionEvent, VisibilityState};

use super::Here;
use crate::core::Core;

/// Listens for as long as the page lives.
pub(super) fn listen(core: &Rc<Core<Here>>) {
    if let Some(channel) = &core.platform.channel {
        on(channel, "message", core, |core, event| {
            if let Some(text) = event.dyn_ref::<MessageEvent>().and_then(|event| event.data().as_string()) {
                core.heard(&text);
            }
        });
    }
    let Some(window) = web_sys::window() else { return };
    on(&window, "online", core, |core, _| core.regain_network());
    on(&window, "offline", core, |core, _| core.lose_network());
    on(&window, "pageshow", core, |core, event| {
        if event.dyn_ref::<PageTransitionEvent>().is_some_and(PageTransitionEvent::persisted) {
            core.restore();
            core.show(is_visible());
        }
    });
    // A page that keeps a lock or a stream cannot be kept for Back, and one that is kept must not keep a session.
    on(&window, "pagehide", core, |core, _| core.go());
    if let Some(document) = window.document() {
        on(&document, "visibilitychange", core, |core, _| {
            core.show(is_visible());
            if core.is_seen() {
                core.wake();
            }
        });
    }
    core.show(is_visible());
}

fn on(target: &web_sys::EventTarget, event: &'static str, core: &Rc<Core<Here>>, then: fn(&Rc<Core<Here>>, &Event)) {
    let core = Rc::clone(core);
    EventListener::new(target, event, move |event| then(&core, event)).forget();
}

fn is_visible() -> bool {
    let page = web_sys::window().and_then(|window| window.document());
    page.is_some_and(|page| page.visibility_state() == VisibilityState::Visible)
}
