//! What is said about what happened to an account.

use super::device;
use doorward_api::{AuditEvent, EndReason, EventKind};

/// What happened, in one sentence.
pub(crate) fn event(event: &AuditEvent) -> String {
    let by_operator = event.device.is_none();
    let fixed = match event.kind {
        EventKind::Registered if by_operator => "An administrator created your account",
        EventKind::Registered => "You created your account",
        EventKind::LoggedIn => return with_name("You logged in", event),
        EventKind::LoginFailed => "Somebody tried to log in with a wrong password",
        EventKind::SessionEnded => return ended(event),
        EventKind::PasswordChanged => "Your password was changed",
        EventKind::NameChanged => "Your name was changed",
        EventKind::AccountDisabled => "An administrator disabled your account",
        EventKind::AccountEnabled => "An administrator enabled your account again",
        EventKind::RolesChanged => "An administrator changed your roles",
        EventKind::Unknown => "Something happened to your account that this page has no words for",
    };
    fixed.to_owned()
}

/// Whether the person should look twice.
pub(crate) fn is_alarming(event: &AuditEvent) -> bool {
    event.kind == EventKind::LoginFailed
}

/// Adds what the person calls the device; what it is stands below the sentence anyway.
fn with_name(what: &str, event: &AuditEvent) -> String {
    match event.session.as_ref().and_then(|session| session.label.as_deref()) {
        Some(label) => what.to_owned() + " on " + label,
        None => what.to_owned(),
    }
}

fn ended(event: &AuditEvent) -> String {
    let how = match event.reason.unwrap_or(EndReason::Unknown) {
        EndReason::LoggedOut => return with_name("You logged out", event),
        EndReason::Revoked => {
            let by = event.device.as_ref().map_or_else(|| "another device".to_owned(), device);
            return session(event) + " was ended from " + &by;
        }
        EndReason::RevokedByAdmin => " was ended by an administrator",
        EndReason::PasswordChanged => " ended with the old password",
        EndReason::Replaced => " gave way to a newer login",
        EndReason::Expired => " reached its end",
        EndReason::Idle => " ended because it was not used for a while",
        EndReason::KeysReset => " was ended, like all others, by the operator of this site",
        EndReason::PolicyChanged => " ended because the rules for sessions changed",
        EndReason::Unknown => " ended",
    };
    session(event) + how
}

/// For example `The session on Safari on iPhone`.
fn session(event: &AuditEvent) -> String {
    let session = event.session.as_ref();
    match session.and_then(|session| session.label.clone().or_else(|| session.device.as_ref().map(device))) {
        Some(name) => "The session on ".to_owned() + &name,
        None => "A session".to_owned(),
    }
}

/// So many older events have been added.
pub(crate) fn older(count: usize) -> String {
    match count {
        1 => "1 older event.".to_owned(),
        _ => format!("{count} older events."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use doorward_api::{Device, EventSession, Timestamp};

    fn linux() -> Device {
        Device { browser: "Firefox".to_owned(), os: "Linux".to_owned() }
    }

    fn phone() -> EventSession {
        let device = Device { browser: "Safari".to_owned(), os: "iPhone".to_owned() };
        EventSession { id: "phone".to_owned(), label: None, device: Some(device) }
    }

    fn happened(kind: EventKind) -> AuditEvent {
        AuditEvent {
            id: "event".to_owned(),
            happened_at: Timestamp::new("2026-11-23T20:15:00Z"),
            kind,
            reason: None,
            session: Some(phone()),
            device: Some(linux()),
            ip: Some("203.0.113.9".to_owned()),
        }
    }

    fn end(reason: EndReason) -> AuditEvent {
        AuditEvent { reason: Some(reason), ..happened(EventKind::SessionEnded) }
    }

    #[test]
    fn what_the_person_did_is_told_as_theirs() {
        assert_eq!(event(&happened(EventKind::LoggedIn)), "You logged in");
        assert_eq!(event(&end(EndReason::LoggedOut)), "You logged out");
        assert_eq!(event(&happened(EventKind::Registered)), "You created your account");
    }

    #[test]
    fn what_the_operator_did_is_told_as_theirs() {
        let by_operator = |kind| AuditEvent { device: None, ip: None, ..happened(kind) };
        assert_eq!(event(&by_operator(EventKind::Registered)), "An administrator created your account");
        assert_eq!(event(&by_operator(EventKind::AccountDisabled)), "An administrator disabled your account");
    }

    #[test]
    fn the_end_of_a_session_says_of_which_one_and_from_where() {
        assert_eq!(event(&end(EndReason::Revoked)), "The session on Safari on iPhone was ended from Firefox on Linux");
        let labelled = EventSession { label: Some("Ada’s phone".to_owned()), ..phone() };
        let ended = AuditEvent { session: Some(labelled), ..end(EndReason::Expired) };
        assert_eq!(event(&ended), "The session on Ada’s phone reached its end");
        let forgotten = EventSession { device: None, ..phone() };
        assert_eq!(
            event(&AuditEvent { session: Some(forgotten), ..end(EndReason::Idle) }),
            "A session ended because it was not used for a while"
        );
    }

    #[test]
    fn there_is_a_sentence_for_everything_even_the_unknown() {
        for kind in EventKind::ALL {
            assert!(!event(&happened(kind)).is_empty());
        }
        for reason in EndReason::ALL {
            assert!(event(&end(reason)).len() > "You logged".len());
        }
        assert_eq!(event(&AuditEvent { session: None, ..happened(EventKind::SessionEnded) }), "A session ended");
        assert!(event(&happened(EventKind::Unknown)).contains("no words"));
    }

    #[test]
    fn only_what_looks_like_somebody_else_is_alarming() {
        assert!(is_alarming(&happened(EventKind::LoginFailed)));
        assert!(!is_alarming(&happened(EventKind::LoggedIn)));
    }
}
