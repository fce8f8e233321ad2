use crate::messages::form::Form;

pub(super) const FORM: Form = Form {
    name: "Name",
    email: "Email",
    password: "Password",
    show: "Show",
    hide: "Hide",
    of_password: "password",
    invalid_fields: "Please fix the {count} fields below.",
    missing: "Fill out this field.",
    missing_name: "Enter your name.",
    missing_email: "Enter your email.",
    missing_password: "Enter your password.",
    missing_current_password: "Enter your current password.",
    missing_new_password: "Enter your new password.",
    missing_code: "Enter the code from the mail.",
    password_empty: "At least {count} characters: try a few random words.",
    password_one_more: "One more character.",
    password_more: "{count} more characters.",
    password_long_enough: "Long enough.",
    try_again_in: "You can try again in {time}.",
    try_again_now: "You can try again now.",
};
