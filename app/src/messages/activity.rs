//! Messages of the activity page: one sentence per audit event.

use doorward_api::{AuditEvent, EndReason, EventKind};

use super::device;

pub(crate) const ACTIVITY_LEAD: &str =
    "Recent activity on your account. If something wasn't you, change your password.";

pub(crate) fn event(event: &AuditEvent) -> String {
    let by_operator = event.device.is_none();
    let fixed = match event.kind {
        EventKind::Registered if by_operator => "An administrator created your account",
        EventKind::Registered => "You created your account",
        EventKind::LoggedIn => return with_label("You logged in", event),
        EventKind::LoginFailed => "Failed login: wrong password",
        EventKind::SessionEnded => return session_ended(event),
        EventKind::PasswordChanged => "Your password was changed",
        EventKind::NameChanged => "Your name was changed",
        EventKind::AccountDisabled => "An administrator disabled your account",
        EventKind::AccountEnabled => "An administrator enabled your account again",
        EventKind::RolesChanged => "An administrator changed your roles",
        EventKind::PasswordChangeFailed => "Failed password change: wrong current password",
        EventKind::TooManyAttempts => "Too many attempts with a wrong password; further ones were refused for a while",
        EventKind::AccessDenied => "Access to an administrators' page was denied",
        EventKind::KeysRotated => "The operator of this site replaced its signing key",
        EventKind::KeysReset => "The operator of this site reset its keys",
        EventKind::Unknown => "Other account activity",
    };
    fixed.to_owned()
}

/// Whether the event may be an attack.
pub(crate) fn is_warning(event: &AuditEvent) -> bool {
    matches!(event.kind, EventKind::LoginFailed | EventKind::PasswordChangeFailed | EventKind::TooManyAttempts)
}

/// Adds the user's name for the device. The device itself is shown below the sentence.
fn with_label(sentence: &str, event: &AuditEvent) -> String {
    match event.session.as_ref().and_then(|session| session.label.as_deref()) {
        Some(label) => sentence.to_owned() + " on " + label,
        None => sentence.to_owned(),
    }
}

fn session_ended(event: &AuditEvent) -> String {
    let predicate = match event.reason.unwrap_or(EndReason::Unknown) {
        EndReason::LoggedOut => return with_label("You logged out", event),
        EndReason::Revoked => {
            let by = event.device.as_ref().map_or_else(|| "another device".to_owned(), device);
            return session(event) + " was ended from " + &by;
        }
        EndReason::RevokedByAdmin => " was ended by an administrator",
        EndReason::PasswordChanged => " was ended by your password change",
        EndReason::Replaced => " was replaced by a newer login",
        EndReason::Expired => " expired",
        EndReason::Idle => " expired after inactivity",
        EndReason::KeysReset => " was ended, like all others, by the operator of this site",
        EndReason::PolicyChanged => " was ended by a change of the session rules",
        EndReason::Unknown => " ended",
    };
    session(event) + predicate
}

/// For example `The session on Safari on iPhone`.
fn session(event: &AuditEvent) -> String {
    let session = event.session.as_ref();
    match session.and_then(|session| session.label.clone().or_else(|| session.device.as_ref().map(device))) {
        Some(name) => "The session on ".to_owned() + &name,
        None => "A session".to_owned(),
    }
}

/// Announces the rows that were added to the list.
pub(crate) fn older_events(count: usize) -> String {
    match count {
        1 => "1 older event.".to_owned(),
        _ => format!("{count} older events."),
    }
}

/// At the end of the list.
pub(crate) const fn end_of_activity(is_empty: bool) -> &'static str {
    if is_empty { "No recent activity." } else { "No older activity." }
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

    fn of_kind(kind: EventKind) -> AuditEvent {
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

    fn ended(reason: EndReason) -> AuditEvent {
        AuditEvent { reason: Some(reason), ..of_kind(EventKind::SessionEnded) }
    }

    #[test]
    fn the_users_own_actions_are_in_the_second_person() {
        assert_eq!(event(&of_kind(EventKind::LoggedIn)), "You logged in");
        assert_eq!(event(&ended(EndReason::LoggedOut)), "You logged out");
        assert_eq!(event(&of_kind(EventKind::Registered)), "You created your account");
    }

    #[test]
    fn events_without_a_device_are_the_operators() {
        let by_operator = |kind| AuditEvent { device: None, ip: None, ..of_kind(kind) };
        assert_eq!(event(&by_operator(EventKind::Registered)), "An administrator created your account");
        assert_eq!(event(&by_operator(EventKind::AccountDisabled)), "An administrator disabled your account");
    }

    #[test]
    fn the_end_of_a_session_says_of_which_one_and_from_where() {
        assert_eq!(
            event(&ended(EndReason::Revoked)),
            "The session on Safari on iPhone was ended from Firefox on Linux"
        );
        let labeled = EventSession { label: Some("Ada’s phone".to_owned()), ..phone() };
        let expired = AuditEvent { session: Some(labeled), ..ended(EndReason::Expired) };
        assert_eq!(event(&expired), "The session on Ada’s phone expired");
        let unknown = EventSession { device: None, ..phone() };
        assert_eq!(
            event(&AuditEvent { session: Some(unknown), ..ended(EndReason::Idle) }),
            "A session expired after inactivity"
        );
    }

    #[test]
    fn every_kind_and_reason_has_a_sentence_even_unknown_ones() {
        for kind in EventKind::ALL {
            assert!(!event(&of_kind(kind)).is_empty());
        }
        for reason in EndReason::ALL {
            assert!(event(&ended(reason)).len() > "You logged".len());
        }
        assert_eq!(event(&AuditEvent { session: None, ..of_kind(EventKind::SessionEnded) }), "A session ended");
        assert_eq!(event(&of_kind(EventKind::Unknown)), "Other account activity");
    }

    #[test]
    fn only_failed_logins_are_warnings() {
        assert!(is_warning(&of_kind(EventKind::LoginFailed)));
        assert!(!is_warning(&of_kind(EventKind::LoggedIn)));
    }
}
