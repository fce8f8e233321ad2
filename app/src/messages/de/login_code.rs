use crate::messages::login_code::LoginCode;

pub(super) const LOGIN_CODE: LoginCode = LoginCode {
    title: "Bestätigen Sie, dass Sie es sind",
    lead: "Ihr Passwort stimmt. Ihr Konto verlangt auch einen zweiten Schritt.",
    expired: "Diese Anmeldung ist abgelaufen.",
    start_again: "Von vorn beginnen",
};
