//! What every registration checks.

use app::RegistrationMode;

use crate::{
    http::{error::Error, invalid_fields::InvalidField},
    model::{
        email::Email,
        password::{Password, PasswordError},
        user::Name,
    },
    state::AppState,
};

/// An error unless everyone can register. Before any work, and the same for every address.
pub fn require_open(app: &AppState) -> Result<(), Error> {
    match app.config.registration {
        RegistrationMode::Open => Ok(()),
        mode => Err(Error::RegistrationClosed(mode)),
    }
}

/// What was entered in a form to register, valid but for the password, which may be guessable.
pub struct Entered {
    pub email: Email,
    pub name: Name,
    pub password: Password,
}

/// Reports all invalid fields at once.
pub fn entered(
    email: Result<Email, InvalidField>,
    name: &str,
    password: &str,
    min_length: usize,
) -> Result<Entered, Error> {
    let name = Name::parse(name).ok_or(InvalidField::Name);
    let password = Password::of_length(password, min_length).map_err(InvalidField::from);
    match (email, name, password) {
        (Ok(email), Ok(name), Ok(password)) => Ok(Entered { email, name, password }),
        (email, name, password) => {
            let errors = [("email", email.err()), ("name", name.err()), ("password", password.err())];
            let errors = errors.into_iter().filter_map(|(field, reason)| Some((field.to_owned(), reason?)));
            Err(Error::InvalidInput(errors.collect()))
        }
    }
}

impl Entered {
    /// Takes longer than the other checks.
    pub async fn check_password(&self, app: &AppState) -> Result<(), Error> {
        let refused = |error: PasswordError| Error::field("password", error);
        self.password.check_guessable(self.name.as_str(), self.email.as_str()).map_err(refused)?;
        app.config.breached_passwords.check(&self.password, &app.metrics).await.map_err(refused)
    }
}
