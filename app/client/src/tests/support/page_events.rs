//! Events of the page of a tab.

use super::tab::Tab;
use crate::platform::PageEvent;

impl Tab {
    /// Closes the page, or puts it into the back/forward cache.
    pub(in crate::tests) fn hide_page(&self) {
        self.client.platform.is_visible.set(false);
        self.event(PageEvent::Hide);
    }

    /// Restores the page from the back/forward cache.
    pub(in crate::tests) fn restore_page(&self) {
        self.event(PageEvent::Restore);
    }

    /// The user returns to the page.
    pub(in crate::tests) fn resume(&self) {
        self.client.resume();
        self.run();
    }

    pub(in crate::tests) fn set_visible(&self, is_visible: bool) {
        self.client.platform.is_visible.set(is_visible);
        self.event(PageEvent::VisibilityChange);
    }

    pub(in crate::tests) fn go_online(&self) {
        self.event(PageEvent::Online);
    }

    pub(in crate::tests) fn go_offline(&self) {
        self.event(PageEvent::Offline);
    }

    /// Receives a message of another tab.
    pub(in crate::tests) fn receive(&self, message: &str) {
        self.event(PageEvent::Message(message.to_owned()));
    }

    fn event(&self, event: PageEvent) {
        self.client.on_page_event(event);
        self.run();
    }
}
