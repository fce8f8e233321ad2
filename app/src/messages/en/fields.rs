use crate::messages::fields::Fields;

pub(super) const FIELDS: Fields = Fields {
    repeated: "This was sent twice. Reload the page and try again.",
    unknown: "Unknown field.",
    email: "Enter an email address in the form name@example.com.",
    email_domain: "Accounts can't be created with an address of this domain.",
    code: "Enter the 8 digits from the mail.",
    roles: "A role is a word of at most 64 letters, digits, `-`, `_`, `.` and `:`, and 50 of them are the most.",
    name: "Enter your name, on one line and at most 100 characters long.",
    label: "Enter a name on one line, at most 100 characters long.",
    search: "Enter the beginning of a name or an email, at most 254 characters long.",
    cursor: "Send the value of `before` from the previous page, or omit it.",
    moment: "Send a time as in 2026-11-23T20:15:00Z, or omit it.",
    password_unchanged: "This is already your password. Choose another one.",
    answer: "Choose one of the answers.",
    password_missing: "Enter a password.",
    password_too_long: "Use at most {bytes} bytes, about {letters} letters.",
    password_too_short: "Use at least {min} characters; this password has {length}. A few unrelated words work well.",
    password_too_short_visibly: "Use at least {min} characters; this password has {length} that can be seen. A few unrelated words work well.",
    password_personal: "Don't use your name, your email or this site's name.",
    password_breached: "This password is known from a data breach. Choose another one.",
    password_common: "This password is too common. Try a few unrelated words.",
};
