//! The data of a page request. The document carries it to the browser as JSON, so that the WebAssembly starts with the frame
//! that the server has rendered.

use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::{Brand, RegistrationMode, components::SessionScope, form_reply::FormReply};
use doorward::{HasSessionCookie, InitialSessionEnd, SessionEnd};
use doorward_api::{EndDetails, EndReason};

/// The data of one page request.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[expect(clippy::struct_excessive_bools, reason = "facts that do not depend on each other")]
pub struct PageData {
    /// Whether the request has a credential whose session is live, or could not be looked up.
    pub may_be_logged_in: bool,
    /// Why the session of the request's credential has ended.
    pub end_reason: Option<EndReason>,
    pub end_details: Option<EndDetails>,
    /// Whether the server sends mail: then a forgotten password can be set anew, and the email be changed.
    pub has_mail: bool,
    /// Whether the server has passkeys at this address.
    pub has_passkeys: bool,
    /// Minimum length of new passwords, in characters.
    pub password_min_length: usize,
    /// Whether the inspector is enabled in the settings.
    pub has_inspector: bool,
    pub session_scope: SessionScope,
    pub registration: RegistrationMode,
    pub brand: Brand,
    /// The reply to a form that was submitted without the WebAssembly.
    pub form_reply: Option<FormReply>,
}

impl Default for PageData {
    /// At the start of the server, which has no request, and for a document that has lost its data.
    fn default() -> Self {
        Self {
            may_be_logged_in: true,
            end_reason: None,
            end_details: None,
            has_mail: false,
            has_passkeys: false,
            password_min_length: 15,
            has_inspector: false,
            session_scope: SessionScope::default(),
            registration: RegistrationMode::default(),
            brand: Brand::default(),
            form_reply: None,
        }
    }
}

impl PageData {
    /// The data of the current request or document.
    pub(crate) fn current() -> Self {
        use_context().unwrap_or_default()
    }

    /// Provides the data to the components, and what the client needs of it.
    pub fn provide(self) {
        provide_context(HasSessionCookie(self.may_be_logged_in));
        if let Some(reason) = self.end_reason {
            provide_context(InitialSessionEnd(SessionEnd { reason, details: self.end_details.clone() }));
        }
        provide_context(self);
    }

    /// The text of the script element. No `<`, so that no text in it ends the element.
    #[cfg(feature = "ssr")]
    pub(crate) fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default().replace('<', "\\u003c")
    }

    /// Reads the data from the text of the script element.
    pub fn from_json(json: &str) -> Self {
        use leptos::server_fn::{Bytes, Decodes};
        doorward::JsonEncoding::decode(Bytes::copy_from_slice(json.as_bytes())).unwrap_or_default()
    }
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::*;
    use crate::components::FormError;

    #[test]
    fn the_data_of_a_page_survives_the_document() {
        let data = PageData {
            end_reason: Some(EndReason::Idle),
            form_reply: Some(FormReply {
                error: FormError::of_field("name", "</script><script>alert(1)</script>"),
                values: vec![("name".into(), "Ada </script>".into())],
                requires_webassembly: false,
            }),
            session_scope: SessionScope::Tab,
            ..PageData::default()
        };
        let json = data.to_json();
        assert!(!json.contains('<'), "{json}");
        assert_eq!(PageData::from_json(&json), data);
    }

    #[test]
    fn a_document_without_its_data_starts_with_an_unknown_session() {
        assert!(PageData::from_json("").may_be_logged_in);
    }
}
