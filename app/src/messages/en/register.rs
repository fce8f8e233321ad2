use crate::messages::register::Register;

pub(super) const REGISTER: Register = Register {
    title: "Create account",
    button: "Create account",
    have_account: "Already have an account?",
    log_in: "Log in",
    closed: "New accounts can't be created here.",
    by_invitation: "Accounts are created by invitation only. If you have one, use its link.",
    check_email: "Check your email",
    code_sent: "We've sent a mail to {email}. Its code is valid for 10 minutes. No mail? Look in your spam folder.",
    code: "Code",
    send_new_code: "Send a new code",
    new_code_sent: "A new mail is on its way.",
    other_email: "Use another email",
};
