use crate::messages::register::Register;

pub(super) const REGISTER: Register = Register {
    title: "Create account",
    button: "Create account",
    have_account: "Already have an account?",
    log_in: "Log in",
};
