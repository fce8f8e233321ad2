//! Messages of forms.

/// A form that only the program can submit was submitted before the program was there.
pub(crate) const WAITING: &str = "One moment: the page is still loading. Your form is sent as soon as it is ready.";

/// A form that only the program can submit, in a browser that cannot run it.
pub const NEEDS_PROGRAM: &str = "Your login is kept in this tab alone, so only the loaded page can send this form, which needs JavaScript and \
                                 WebAssembly. Wait until the page has loaded, and try again.";

/// Above a form with invalid fields, each of which has its own message.
pub(crate) fn invalid_fields(count: usize) -> String {
    match count {
        1 => "Please fix the field below.".to_owned(),
        _ => format!("Please fix the {count} fields below."),
    }
}

/// For example `Enter your current password.`
pub(crate) fn missing_field(name: &str) -> String {
    format!("Enter your {}.", name.replace('_', " "))
}

/// Progress toward the minimum length of a new password.
pub(crate) fn password_length(length: usize, min: usize) -> String {
    match min.saturating_sub(length) {
        0 => "Long enough. Longer is stronger.".to_owned(),
        _ if length == 0 => format!("At least {min} characters: try a few random words."),
        1 => "One more character.".to_owned(),
        missing => format!("{missing} more characters."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_password_is_counted_towards_the_minimum_length() {
        assert!(password_length(0, 15).starts_with("At least 15"));
        assert_eq!(password_length(8, 15), "7 more characters.");
        assert_eq!(password_length(14, 15), "One more character.");
        assert!(password_length(15, 15).starts_with("Long enough"));
    }
}
