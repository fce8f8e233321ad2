//! Events of the window and messages of the other tabs.

use std::rc::Rc;

use gloo_events::EventListener;
use wasm_bindgen::JsCast;
use web_sys::{BroadcastChannel, Event, EventTarget, MessageEvent, PageTransitionEvent};

use crate::platform::PageEvent;

/// Listens for as long as the page exists.
pub(super) fn listen(channel: Option<&BroadcastChannel>, handle: impl Fn(PageEvent) + 'static) {
    let handle: Rc<dyn Fn(PageEvent)> = Rc::new(handle);
    if let Some(channel) = channel {
        on(channel, "message", &handle, |event| {
            event.dyn_ref::<MessageEvent>()?.data().as_string().map(PageEvent::Message)
        });
    }
    let Some(window) = web_sys::window() else { return };
    on(&window, "online", &handle, |_| Some(PageEvent::Online));
    on(&window, "offline", &handle, |_| Some(PageEvent::Offline));
    on(&window, "pageshow", &handle, |event| {
        let is_restored = event.dyn_ref::<PageTransitionEvent>().is_some_and(PageTransitionEvent::persisted);
        is_restored.then_some(PageEvent::Restore)
    });
    on(&window, "pagehide", &handle, |_| Some(PageEvent::Hide));
    if let Some(document) = window.document() {
        on(&document, "visibilitychange", &handle, |_| Some(PageEvent::VisibilityChange));
    }
}

fn on(
    target: &EventTarget,
    event: &'static str,
    handle: &Rc<dyn Fn(PageEvent)>,
    read: fn(&Event) -> Option<PageEvent>,
) {
    let handle = Rc::clone(handle);
    EventListener::new(target, event, move |event| {
        if let Some(event) = read(event) {
            handle(event);
        }
    })
    .forget();
}
