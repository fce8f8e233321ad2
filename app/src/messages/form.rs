//! Messages of forms and their fields.

use std::time::Duration;

use super::{
    catalog::messages,
    messages,
    text::{fill, plural},
    time::duration,
};
use crate::password_advice::Weakness;

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
        password_common,
        password_personal,
        password_repeated,
        password_sequence,
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
fn password_length(length: usize, min: usize) -> String {
    let form = &messages().form;
    match min.saturating_sub(length) {
        0 => form.password_long_enough.to_owned(),
        _ if length == 0 => fill(form.password_empty, &[("count", &min.to_string())]),
        missing => plural(missing, form.password_one_more, form.password_more),
    }
}

/// Progress toward the minimum length, and why the password is easy to guess. An easy one is not long enough.
pub(crate) fn password_strength(length: usize, min: usize, weakness: Option<Weakness>) -> String {
    let progress = password_length(length, min);
    let form = &messages().form;
    let reason = match weakness {
        None => return progress,
        Some(Weakness::Common) => form.password_common,
        Some(Weakness::Personal) => form.password_personal,
        Some(Weakness::Repeated) => form.password_repeated,
        Some(Weakness::Sequence) => form.password_sequence,
    };
    if length < min { progress + " " + reason } else { reason.to_owned() }
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

    #[test]
    fn a_password_that_is_easy_to_guess_is_called_so_and_not_long_enough() {
        assert_eq!(password_strength(16, 15, None), "Long enough.");
        let easy = password_strength(16, 15, Some(Weakness::Repeated));
        assert!(easy.starts_with("Easy to guess") && !easy.contains("enough"), "{easy}");
        let both = password_strength(14, 15, Some(Weakness::Common));
        assert!(both.starts_with("One more character. Easy to guess"), "{both}");
    }
}
