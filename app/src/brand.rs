//! The operator's brand: what pages show of the organization that runs the server.

use serde::{Deserialize, Serialize};

/// The brand, from the settings. URLs are checked at start.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Brand {
    pub name: String,
    /// The path of the logo. Without one, pages show Doorward's.
    pub logo: Option<String>,
    pub support_url: Option<String>,
    pub terms_url: Option<String>,
    pub privacy_url: Option<String>,
    /// Where a login and the logo lead to: a path of this origin, or a URL. Without one, `/` and `/account`.
    pub home: Option<String>,
    /// Whether `/` shows the demo page.
    pub is_demo: bool,
}

impl Brand {
    /// Where the logo leads to. Without the demo, `/` is a redirect of the server and no page.
    pub(crate) fn home(&self) -> String {
        let home = self.home.as_deref().filter(|home| *home != "/");
        home.unwrap_or(if self.is_demo { "/" } else { "/account" }).to_owned()
    }
}

impl Default for Brand {
    fn default() -> Self {
        Self {
            name: "Doorward".into(),
            logo: None,
            support_url: None,
            terms_url: None,
            privacy_url: None,
            home: None,
            is_demo: false,
        }
    }
}
