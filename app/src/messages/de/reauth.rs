use crate::messages::reauth::Reauth;

pub(super) const REAUTH: Reauth = Reauth {
    warning_label: "Ende der Sitzung",
    expires_in: "Ihre Sitzung endet in {time}.",
    expires_soon: "Ihre Sitzung endet in weniger als {time}. Melden Sie sich erneut an, um angemeldet zu bleiben.",
    log_in_again: "Erneut anmelden",
    has_ended: "Ihre Sitzung ist beendet",
    to_continue: "Melden Sie sich als {name} erneut an, um fortzufahren. Ihre Eingaben bleiben erhalten.",
    new_session: "Damit beginnt eine neue Sitzung. Diese Seite bleibt, wie sie ist.",
    leave: "Abmelden",
    not_now: "Nicht jetzt",
    confirm_title: "Bestätigen Sie, dass Sie es sind",
    confirm_description: "Geben Sie Ihr Passwort ein, um fortzufahren.",
    confirm_second_step: "Ihr Passwort stimmt. Dieses Konto hat auch einen zweiten Schritt.",
    confirm: "Bestätigen",
    wrong_password: "Falsches Passwort.",
};
