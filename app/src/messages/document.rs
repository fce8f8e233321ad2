//! Messages of the document around the app. Rendered by the server, shown by `boot.js`.

#[cfg(feature = "ssr")]
use super::{messages, text::fill};

#[derive(Debug, Default)]
#[cfg_attr(not(feature = "ssr"), expect(dead_code, reason = "rendered by the server only"))]
pub(crate) struct Document {
    pub(crate) log_in_to: &'static str,
    pub(crate) not_loaded: &'static str,
    pub(crate) reload_it: &'static str,
    pub(crate) reload_it_purpose: &'static str,
    pub(crate) not_started: &'static str,
    pub(crate) reload_the_page: &'static str,
    pub(crate) no_webassembly: &'static str,
    pub(crate) forms_work: &'static str,
    pub(crate) waiting: &'static str,
    pub(crate) requires_webassembly: &'static str,
    pub(crate) no_script: &'static str,
    pub(crate) error_title: &'static str,
    pub(crate) error_heading: &'static str,
    pub(crate) error_home: &'static str,
    pub(crate) error_login: &'static str,
}

/// The title of the document for a request that failed.
#[cfg(feature = "ssr")]
pub(crate) fn error_title(status: u16) -> String {
    fill(messages().document.error_title, &[("status", &status.to_string())])
}

/// The description of the site in search results.
#[cfg(feature = "ssr")]
pub(crate) fn log_in_to(brand: &str) -> String {
    fill(messages().document.log_in_to, &[("brand", brand)])
}
