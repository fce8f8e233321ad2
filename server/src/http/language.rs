//! The language of a response: that of the settings, else the first one that the client accepts.

use app::Language;
use axum::http::{HeaderMap, HeaderValue, header};

use crate::config::Config;

/// What decides the language of a response. Parsed only for a response that has a text: most have none.
pub struct LanguagePreference {
    setting: Option<Language>,
    accepted: Option<HeaderValue>,
}

impl LanguagePreference {
    pub fn of(config: &Config, request: &HeaderMap) -> Self {
        Self { setting: config.language, accepted: request.get(header::ACCEPT_LANGUAGE).cloned() }
    }

    pub fn language(&self) -> Language {
        let accepted = || Language::accepted(self.accepted.as_ref()?.to_str().ok()?);
        self.setting.or_else(accepted).unwrap_or_default()
    }

    /// States the language of a response and, without a setting, that another client may get another one.
    pub fn set_headers(&self, response: &mut HeaderMap) {
        response.insert(header::CONTENT_LANGUAGE, HeaderValue::from_static(self.language().tag()));
        if self.setting.is_none() {
            response.append(header::VARY, HeaderValue::from_static("accept-language"));
        }
    }
}
