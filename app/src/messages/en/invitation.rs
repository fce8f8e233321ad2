use crate::messages::Invitation;

pub(super) const INVITATION: Invitation = Invitation {
    invited_as: "You create an account for {email}.",
    min_length: "At least {count} characters: try a few random words.",
    invalid_title: "Invitation not valid",
    invalid: "This invitation has expired or has been used. Ask for a new one, or log in if you have an account.",
};
