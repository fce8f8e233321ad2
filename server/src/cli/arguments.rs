//! Emails and roles as arguments.

use super::failure::Failure;
use crate::model::{email::Email, user::Role};

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
