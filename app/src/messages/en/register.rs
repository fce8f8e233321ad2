use crate::messages::register::Register;

pub(super) const REGISTER: Register = Register {
    title: "Create account",
    title_with_brand: "Create your {brand} account",
    button: "Create account",
    have_account: "Already have an account?",
    log_in: "Log in",
    log_in_instead: "Log in instead",
    agreement: "By creating an account, you agree to our {terms} and {privacy}.",
};
