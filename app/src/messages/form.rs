//! Messages of forms and their fields.

use std::time::Duration;

use super::{
    catalog::messages,
    messages,
    text::{fill, plural},
    time::duration,
};

messages! {
    Form {
        name,
        email,
        password,
        show,
        hide,
        of_password,
        invalid_fields,
        missing,
        missing_name,
        missing_email,
        missing_password,
        missing_current_password,
        missing_new_password,
        missing_code,
        password_empty,
        password_one_more,
        password_more,
        password_long_enough,
        try_again_in,
        try_again_now,
    }
}

/// Above a form with several invalid fields, each of which has its own message. A single field needs no summary.
pub(crate) fn invalid_fields(count: usize) -> String {
    if count < 2 { String::new() } else { fill(messages().form.invalid_fields, &[("count", &count.to_string())]) }
}

impl Form {
    /// A required field is empty.
    pub(crate) fn missing_field(&self, name: &str) -> &'static str {
        match name {
            "name" => self.missing_name,
            "email" => self.missing_email,
            "password" => self.missing_password,
            "current_password" => self.missing_current_password,
            "new_password" => self.missing_new_password,
            "code" | "old_code" => self.missing_code,
            _ => self.missing,
        }
    }
}

/// Progress toward the minimum length of a new password.
pub(crate) fn password_length(length: usize, min: usize) -> String {
    let form = &messages().form;
    match min.saturating_sub(length) {
        0 => form.password_long_enough.to_owned(),
        _ if length == 0 => fill(form.password_empty, &[("count", &min.to_string())]),
        missing => plural(missing, form.password_one_more, form.password_more),
    }
}

/// The countdown to the next attempt.
pub(crate) fn try_again_in(seconds: u64) -> String {
    fill(messages().form.try_again_in, &[("time", &duration(Duration::from_secs(seconds)))])
}

/// At the end of the countdown.
pub(crate) fn try_again_now(seconds: Option<u64>) -> Option<&'static str> {
    (seconds == Some(0)).then_some(messages().form.try_again_now)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_password_is_counted_toward_the_minimum_length() {
        assert!(password_length(0, 15).starts_with("At least 15"));
        assert_eq!(password_length(8, 15), "7 more characters.");
        assert_eq!(password_length(14, 15), "One more character.");
        assert!(password_length(15, 15).starts_with("Long enough"));
    }
}
