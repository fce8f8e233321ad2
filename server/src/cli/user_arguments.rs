//! The users and roles in the arguments of commands, and why a change of a user is refused.

use super::failure::Failure;
use crate::{
    model::{
        email::Email,
        user::{Role, User},
    },
    store::Store,
    users::administration::{AdministrationError, Change},
};

pub(super) async fn find_user(email: &str, store: &Store) -> Result<User, Failure> {
    let email = parse_email(email)?;
    let user = store.user_by_email(&email).await?;
    user.ok_or_else(|| Failure::Failed(format!("{} has no account", email.as_str())))
}

pub(super) fn parse_email(text: &str) -> Result<Email, Failure> {
    Email::parse(text).ok_or_else(|| Failure::Usage(format!("{text:?} is not an email address")))
}

pub(super) fn parse_roles(texts: &[String]) -> Result<Vec<String>, Failure> {
    let parse = |text: &String| {
        Role::parse(text).map(String::from).ok_or_else(|| Failure::Usage(format!("{text:?}: {}", Role::RULE)))
    };
    let mut roles: Vec<String> = texts.iter().map(parse).collect::<Result<_, _>>()?;
    roles.sort();
    roles.dedup();
    Ok(roles)
}

pub(super) fn changed(change: Result<Change, AdministrationError>, user: &User) -> Result<Change, Failure> {
    let email = user.email.as_str();
    change.map_err(|error| match error {
        AdministrationError::LastAdministrator => last_administrator(user),
        AdministrationError::UserUnknown | AdministrationError::CallerEnded => {
            Failure::Failed(format!("{email} has no account"))
        }
        AdministrationError::Unavailable(error) => error.into(),
    })
}

pub(super) fn last_administrator(user: &User) -> Failure {
    Failure::Failed(format!(
        "{} is the last administrator; add the role `admin` to another user first: `doorward user role EMAIL --add admin`",
        user.email.as_str()
    ))
}
