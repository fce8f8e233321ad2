//! The credential that a session began with: when it is removed, so are the sessions that began with it.

/// Not a secret.
#[derive(Clone, Debug, Eq, PartialEq, sqlx::Type)]
#[sqlx(transparent)]
pub struct PasskeyId(pub String);

impl From<String> for PasskeyId {
    fn from(text: String) -> Self {
        Self(text)
    }
}

#[derive(Clone, Debug, Eq, PartialEq)]
pub enum BeganWith {
    Password,
    Passkey(PasskeyId),
}

impl BeganWith {
    /// As text in a column.
    pub fn text(&self) -> String {
        match self {
            Self::Password => "password".to_owned(),
            Self::Passkey(id) => format!("passkey:{}", id.0),
        }
    }
}
