use crate::messages::Invitation;

pub(super) const INVITATION: Invitation = Invitation {
    invited_as: "Sie erstellen ein Konto für {email}.",
    min_length: "Mindestens {count}\u{a0}Zeichen, zum Beispiel ein paar zufällige Wörter.",
    invalid_title: "Einladung ungültig",
    invalid: "Diese Einladung ist abgelaufen oder wurde schon benutzt. Bitten Sie um eine neue, oder melden Sie sich an, falls Sie ein Konto haben.",
};
