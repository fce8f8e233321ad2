//! Errors as they travel: `application/problem+json` (RFC 9457) with a stable code.

use std::fmt;

use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{MapAccess, Visitor},
};

use crate::Ending;

/// What is wrong with each field, by field name, in words for the person. A map on the wire; a list of so few takes less
/// code in the browser.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct FieldErrors(Vec<(String, String)>);

impl FieldErrors {
    /// One field that is wrong.
    pub fn of(name: impl Into<String>, message: impl Into<String>) -> Self {
        Self(vec![(name.into(), message.into())])
    }

    /// Another field that is wrong; they stay in the order of their names.
    pub fn insert(&mut self, name: String, message: String) {
        let place = self.0.partition_point(|(field, _)| *field < name);
        if self.0.get(place).is_none_or(|(field, _)| *field != name) {
            self.0.insert(place, (name, message));
        }
    }

    /// What is wrong with the field of this name.
    pub fn get(&self, name: &str) -> Option<&String> {
        self.0.iter().find(|(field, _)| field == name).map(|(_, message)| message)
    }

    /// Each field that is wrong, and what is wrong with it.
    pub fn iter(&self) -> impl Iterator<Item = (&String, &String)> {
        self.0.iter().map(|(name, message)| (name, message))
    }

    /// How many fields are wrong.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether no field is wrong.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl FromIterator<(String, String)> for FieldErrors {
    fn from_iter<I: IntoIterator<Item = (String, String)>>(entries: I) -> Self {
        let mut errors = Self::default();
        entries.into_iter().for_each(|(name, message)| errors.insert(name, message));
        errors
    }
}

impl Serialize for FieldErrors {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter())
    }
}

impl<'de> Deserialize<'de> for FieldErrors {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Entries)
    }
}

struct Entries;

impl<'de> Visitor<'de> for Entries {
    type Value = FieldErrors;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a sentence for each field")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<FieldErrors, A::Error> {
        let mut errors = FieldErrors::default();
        while let Some(entry) = entries.next_entry()? {
            errors.0.push(entry);
        }
        Ok(errors)
    }
}

/// The body of every error answer. Clients branch on `code` and nothing else.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct Problem {
    /// `urn:doorward:problem:<code>`.
    #[serde(rename = "type")]
    pub kind: String,
    /// A short sentence for people.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// The stable name of the error.
    pub code: ErrorCode,
    /// What to do about it, where that is not obvious.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// With `session_ended`: why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<EndReason>,
    /// With `session_ended`, where it is known: when and from where.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<Ending>,
    /// With `invalid_input`: what is wrong with each field.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "utoipa", schema(value_type = Option<std::collections::BTreeMap<String, String>>))]
    pub errors: Option<FieldErrors>,
}

/// The stable names of errors.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ErrorCode {
    /// 400: not JSON, or JSON of the wrong types.
    MalformedRequest,
    /// 401: unknown account, wrong password or disabled account; nobody can tell which.
    InvalidCredentials,
    /// 401: the request needs an access token and has none.
    TokenMissing,
    /// 401: the access token was not issued here or is not well formed.
    TokenInvalid,
    /// 401: the access token is past its end.
    TokenExpired,
    /// 401: a refresh without a refresh cookie.
    SessionMissing,
    /// 401: the session is over; `reason` says why.
    SessionEnded,
    /// 403: logged in, but lacks the role.
    Forbidden,
    /// 403: the request did not come from our own pages.
    CrossSiteRequest,
    /// 404: there is nothing here.
    NotFound,
    /// 405: not with this method.
    MethodNotAllowed,
    /// 413: the body is too large.
    TooLarge,
    /// 415: the body is not `application/json`.
    UnsupportedMediaType,
    /// 409: the email belongs to an account already.
    EmailTaken,
    /// 422: `errors` says what is wrong with each field.
    InvalidInput,
    /// 429: wait for `Retry-After`.
    TooManyAttempts,
    /// 500: a fault of ours.
    Internal,
    /// 503: too much to do right now.
    Busy,
    /// 503: the database or another dependency is down.
    Unavailable,
    /// A code that this version does not know.
    #[serde(other)]
    Unknown,
}

/// Why a session is over.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum EndReason {
    /// It reached its absolute end.
    Expired,
    /// It was not used for longer than the idle limit.
    Idle,
    /// The person logged out.
    LoggedOut,
    /// The person ended it from another session.
    Revoked,
    /// An administrator ended it.
    RevokedByAdmin,
    /// The password was changed in another session.
    PasswordChanged,
    /// A newer login took its place: on the same browser, or because the person had too many sessions.
    Replaced,
    /// Its refresh token was used twice.
    ReuseDetected,
    /// All keys were reset.
    KeysReset,
    /// The operator changed how sessions behave.
    PolicyChanged,
    /// It cannot be told.
    #[serde(other)]
    Unknown,
}

impl EndReason {
    /// Every reason.
    pub const ALL: [Self; 11] = [
        Self::Expired,
        Self::Idle,
        Self::LoggedOut,
        Self::Revoked,
        Self::RevokedByAdmin,
        Self::PasswordChanged,
        Self::Replaced,
        Self::ReuseDetected,
        Self::KeysReset,
        Self::PolicyChanged,
        Self::Unknown,
    ];

    /// The name on the wire and in the database.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Expired => "expired",
            Self::Idle => "idle",
            Self::LoggedOut => "logged_out",
            Self::Revoked => "revoked",
            Self::RevokedByAdmin => "revoked_by_admin",
            Self::PasswordChanged => "password_changed",
            Self::Replaced => "replaced",
            Self::ReuseDetected => "reuse_detected",
            Self::KeysReset => "keys_reset",
            Self::PolicyChanged => "policy_changed",
            Self::Unknown => "unknown",
        }
    }

    /// The reason of this name; `Unknown` for names of a later version.
    pub fn from_name(name: &str) -> Self {
        Self::ALL.into_iter().find(|reason| reason.name() == name).unwrap_or(Self::Unknown)
    }
}

#[cfg(test)]
mod tests {
    use crate::EndReason;

    #[test]
    fn names_in_the_database_are_the_names_on_the_wire() {
        for value in EndReason::ALL {
            assert_eq!(serde_json::to_value(value).expect("a name"), value.name());
        }
    }
}
