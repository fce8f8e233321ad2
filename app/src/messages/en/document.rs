use crate::messages::document::Document;

pub(super) const DOCUMENT: Document = Document {
    log_in_to: "Log in to {brand}, create an account, and manage your devices.",
    not_loaded: "Part of this page failed to load.",
    reload_it: "Reload it",
    reload_it_purpose: "to try again.",
    not_started: "Something on this page failed to start.",
    reload_the_page: "Reload the page",
    no_webassembly: "WebAssembly is turned off in this browser.",
    forms_work: "You can still use the form.",
    waiting: "One moment: the page is still loading. Your form will be sent as soon as it's ready.",
    requires_webassembly: "You'll be logged in only in this tab, which needs JavaScript and WebAssembly. Wait until the page has loaded, then try again.",
    no_script: "You're logged in. To show your account, this page needs JavaScript and WebAssembly. Turn them on and reload.",
    error_title: "Error {status}",
    error_heading: "Sorry, that didn't work",
    error_home: "Go to the home page",
    error_login: "Log in",
};
