use crate::messages::login_code::LoginCode;

pub(super) const LOGIN_CODE: LoginCode = LoginCode {
    title: "Confirm it's you",
    lead: "Your password is right. Your account also requires a second step.",
    expired: "This login has expired.",
    start_again: "Start again",
};
