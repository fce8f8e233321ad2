use crate::messages::document::Document;

pub(super) const DOCUMENT: Document = Document {
    log_in_to: "Log in to {brand}, create an account, and manage your devices.",
    not_loaded: "This page did not load completely.",
    reload_it: "Reload it",
    reload_it_purpose: "to try again.",
    not_started: "Something on this page failed to start.",
    reload_the_page: "Reload the page",
    no_webassembly: "WebAssembly is switched off in this browser.",
    forms_work: "You can use its form all the same.",
    waiting: "One moment: the page is still loading. Your form is sent as soon as it is ready.",
    needs_program: "Your login is kept in this tab alone, so only the loaded page can send this form, which needs JavaScript and WebAssembly. Wait until the page has loaded, and try again.",
    no_script: "You are logged in. To show your account, this page needs JavaScript and WebAssembly: turn them on and reload it.",
    error_title: "Error {status}",
    error_heading: "Sorry, that did not work",
    error_home: "Go to the home page",
    error_login: "Log in",
};
