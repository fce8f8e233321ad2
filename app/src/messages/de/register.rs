use crate::messages::register::Register;

pub(super) const REGISTER: Register = Register {
    title: "Konto erstellen",
    button: "Konto erstellen",
    have_account: "Sie haben schon ein Konto?",
    log_in: "Anmelden",
};
