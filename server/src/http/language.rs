//! The language of a response: that of the settings, else the first one that the client accepts.

use app::Language;
use axum::http::{HeaderMap, header};

use crate::config::Config;

pub fn language(config: &Config, headers: &HeaderMap) -> Language {
    let accepted = || Language::accepted(headers.get(header::ACCEPT_LANGUAGE)?.to_str().ok()?);
    config.language.or_else(accepted).unwrap_or_default()
}
