//! The invalid fields of a request: why each was rejected, and its sentence in the language of the response.

use app::{Fields, Language};
use doorward_api::FieldErrors;

use crate::model::{
    blocklist::Guessable,
    password::{MAX_PASSWORD_BYTES, PasswordError},
};

#[derive(Clone, Copy, Debug)]
pub enum InvalidField {
    Missing,
    Repeated,
    Unknown,
    Email,
    EmailDomain,
    /// The new email is the present one.
    EmailUnchanged,
    Name,
    Label,
    /// The answer of the authenticator does not prove anything, or is not one to this challenge.
    Passkey,
    PasskeyName,
    PasskeyNameTaken,
    TooManyPasskeys,
    Code,
    /// Wrong, at the set-up of an authenticator app.
    TotpCode,
    /// The account requires one.
    SecondFactor,
    /// More than one second factor.
    SecondFactors,
    Roles,
    Password(PasswordError),
    /// The new password is the present one.
    PasswordUnchanged,
    /// None of the answers was chosen.
    Answer,
    Search,
    Cursor,
    Moment,
}

impl InvalidField {
    /// The sentence at the field `name`.
    pub fn message(self, name: &str, language: Language) -> String {
        let fields = language.fields();
        let message = match self {
            Self::Missing => language.missing_field(name),
            Self::Repeated => fields.repeated,
            Self::Unknown => fields.unknown,
            Self::Email => fields.email,
            Self::EmailDomain => fields.email_domain,
            Self::EmailUnchanged => fields.email_unchanged,
            Self::Code => fields.code,
            Self::TotpCode => fields.totp_code,
            Self::SecondFactor => fields.second_factor,
            Self::SecondFactors => fields.second_factors,
            Self::Roles => fields.roles,
            Self::Name => fields.name,
            Self::Label => fields.label,
            Self::Passkey => fields.passkey,
            Self::PasskeyName => fields.passkey_name,
            Self::PasskeyNameTaken => fields.passkey_name_taken,
            Self::TooManyPasskeys => fields.too_many_passkeys,
            Self::Password(error) => return password_message(error, fields),
            Self::PasswordUnchanged => fields.password_unchanged,
            Self::Answer => fields.answer,
            Self::Search => fields.search,
            Self::Cursor => fields.cursor,
            Self::Moment => fields.moment,
        };
        message.to_owned()
    }
}

fn password_message(error: PasswordError, fields: &Fields) -> String {
    let message = match error {
        PasswordError::Missing => fields.password_missing,
        PasswordError::TooLong => return fields.password_too_long(MAX_PASSWORD_BYTES, MAX_PASSWORD_BYTES - 24),
        PasswordError::TooShort { min, length, is_partly_invisible } => {
            return fields.password_too_short(min, length, is_partly_invisible);
        }
        PasswordError::Guessable(Guessable::Personal) => fields.password_personal,
        PasswordError::Guessable(Guessable::Common) => fields.password_common,
        PasswordError::Guessable(Guessable::Breached) => fields.password_breached,
    };
    message.to_owned()
}

impl From<PasswordError> for InvalidField {
    fn from(error: PasswordError) -> Self {
        Self::Password(error)
    }
}

/// By name. Of several reasons for one field, the first counts.
#[derive(Debug, Default)]
pub struct InvalidFields(Vec<(String, InvalidField)>);

impl InvalidFields {
    pub fn of(name: &str, reason: impl Into<InvalidField>) -> Self {
        Self(vec![(name.to_owned(), reason.into())])
    }

    pub fn insert(&mut self, name: String, reason: InvalidField) {
        self.0.push((name, reason));
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn messages(&self, language: Language) -> FieldErrors {
        self.0.iter().map(|(name, reason)| (name.clone(), reason.message(name, language))).collect()
    }
}

impl FromIterator<(String, InvalidField)> for InvalidFields {
    fn from_iter<I: IntoIterator<Item = (String, InvalidField)>>(fields: I) -> Self {
        Self(fields.into_iter().collect())
    }
}
