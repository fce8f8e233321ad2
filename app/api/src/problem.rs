//! Error responses: `application/problem+json` (RFC 9457) with a stable code.

use std::fmt;

use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{MapAccess, Visitor},
};

use crate::{EndDetails, EndReason, FactorKind, Timestamp};

/// Validation messages by field name, sorted by name. A JSON object on the wire; a list in memory, because a map would
/// add code to the WebAssembly.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct FieldErrors(Vec<(String, String)>);

impl FieldErrors {
    /// A single message.
    pub fn of(name: impl Into<String>, message: impl Into<String>) -> Self {
        Self(vec![(name.into(), message.into())])
    }

    /// Adds a message. The first message of a field wins.
    pub fn insert(&mut self, name: String, message: String) {
        let place = self.0.partition_point(|(field, _)| *field < name);
        if self.0.get(place).is_none_or(|(field, _)| *field != name) {
            self.0.insert(place, (name, message));
        }
    }

    /// The message of a field.
    pub fn get(&self, name: &str) -> Option<&String> {
        self.0.iter().find(|(field, _)| field == name).map(|(_, message)| message)
    }

    /// Removes the message of a field.
    pub fn remove(&mut self, name: &str) {
        self.0.retain(|(field, _)| field != name);
    }

    /// All fields and messages, sorted by field name.
    pub fn iter(&self) -> impl Iterator<Item = (&String, &String)> {
        self.0.iter().map(|(name, message)| (name, message))
    }

    /// Number of fields with a message.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether no field has a message.
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
        f.write_str("an object of messages by field name")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<FieldErrors, A::Error> {
        let mut errors = FieldErrors::default();
        while let Some(entry) = entries.next_entry()? {
            errors.0.push(entry);
        }
        Ok(errors)
    }
}

/// The body of every error response. Clients branch on `code` alone: `title`, `detail` and `errors` are in the language of
/// `Accept-Language` if the server has it, else in English; the setting `language` of the server wins.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct Problem {
    /// `urn:doorward:problem:<code>`.
    #[serde(rename = "type")]
    pub kind: String,
    /// A short sentence for users.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// Stable error code.
    pub code: ErrorCode,
    /// What to do about it, if that is not obvious.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// With `session_ended`: why the session ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<EndReason>,
    /// With `session_ended`: when it ended and from which device, if known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<EndDetails>,
    /// With `invalid_input`: messages by field name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "utoipa", schema(value_type = Option<std::collections::BTreeMap<String, String>>))]
    pub errors: Option<FieldErrors>,
    /// After how many seconds to try again, as in the header `Retry-After`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<u64>,
    /// With `code_invalid`: how often another code can be tried.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tries_left: Option<u32>,
    /// With `deletion_pending`: when the account is deleted for good.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delete_at: Option<Timestamp>,
    /// With `second_factor_required`: what `POST /api/auth/login/factor` takes together with the second factor. Keep it in memory
    /// only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ticket: Option<String>,
    /// With `second_factor_required`: the kinds of factor that the account has, the one used last first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub methods: Option<Vec<FactorKind>>,
    /// With `second_factor_required`: the lifetime of the ticket, in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_in: Option<u64>,
}

/// Stable error codes, with the HTTP status of each.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ErrorCode {
    /// 400: the body is not JSON, or a member has the wrong type.
    MalformedRequest,
    /// 401: unknown account, wrong password or disabled account; the response does not reveal which.
    InvalidCredentials,
    /// 401: the password is right, and a second factor is required: `POST /api/auth/login/factor` with `ticket` and one of
    /// `methods`.
    SecondFactorRequired,
    /// 401: the second factor is wrong, has expired or has been used.
    SecondFactorInvalid,
    /// 401: the passkey belongs to no account here, and can be removed from the authenticator.
    PasskeyUnknown,
    /// 401: the request needs an access token and carries none.
    TokenMissing,
    /// 401: the access token is malformed or was not issued by this server.
    TokenInvalid,
    /// 401: the access token has expired.
    TokenExpired,
    /// 401: a refresh without a session cookie or refresh token.
    SessionMissing,
    /// 401: the session has ended, with `reason`.
    SessionEnded,
    /// 401: the user must first prove who they are again, with `POST /api/auth/confirm`. The session continues.
    StepUpRequired,
    /// 403: the user lacks the required role.
    Forbidden,
    /// 403: the password is right, but the account is going to be deleted, at `delete_at`. The deletion can be undone until then.
    DeletionPending,
    /// 403: the request came from another site (CSRF protection).
    CrossSiteRequest,
    /// 403: accounts cannot be registered. The same for all emails.
    RegistrationClosed,
    /// 404: no such resource.
    NotFound,
    /// 405: the resource does not support the method.
    MethodNotAllowed,
    /// 408: the body was not received in time.
    RequestTimeout,
    /// 413: the body is too large; 414: the path and query are too long.
    TooLarge,
    /// 415: the body is not `application/json`.
    UnsupportedMediaType,
    /// 409: the email already belongs to an account.
    EmailTaken,
    /// 409: the user is the only one with the role `admin` who is not disabled.
    LastAdministrator,
    /// 409: without this credential, the user could not log in any more.
    LastCredential,
    /// 409: the account has neither a passkey nor an authenticator app.
    SecondFactorMissing,
    /// 409: the passkey has been added before.
    PasskeyExists,
    /// 422: invalid fields; `errors` has a message for each.
    InvalidInput,
    /// 422: the ticket, or the token of a link, is unknown, used, superseded or expired; the response does not reveal which.
    TicketInvalid,
    /// 422: the code is wrong or has expired; `tries_left` says how often another one can be tried.
    CodeInvalid,
    /// 429: rate limit exceeded; wait for `Retry-After`.
    TooManyAttempts,
    /// 500: an unexpected error of the server.
    Internal,
    /// 503: the server is overloaded.
    Busy,
    /// 503: the database or another dependency is unavailable.
    Unavailable,
    /// 503: the server sends no mail.
    MailUnavailable,
    /// A code that a later version added.
    #[default]
    #[serde(other)]
    Unknown,
}
