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
fn a_session_end_names_the_device_and_the_origin() {
    assert_eq!(event(&ended(EndReason::Revoked)), "Safari on iPhone was logged out from Firefox on Linux");
    let labeled = EventSession { label: Some("Ada’s phone".to_owned()), ..phone() };
    let expired = AuditEvent { session: Some(labeled), ..ended(EndReason::Expired) };
    assert_eq!(event(&expired), "Session on \u{2068}Ada’s phone\u{2069} expired");
    let unknown = EventSession { device: None, ..phone() };
    let idle = AuditEvent { session: Some(unknown), ..ended(EndReason::Idle) };
    assert_eq!(event(&idle), "Session on Unknown device expired after inactivity");
}

#[test]
fn a_session_that_has_ended_is_named_by_its_device() {
    let login = of_kind(EventKind::LoggedIn);
    assert_eq!(was_logged_in(&login), "You were logged in on Safari on iPhone");
    let deleted = EventSession { device: None, ..phone() };
    assert_eq!(login_device(&AuditEvent { session: Some(deleted), ..login }), "Firefox on Linux");
    assert!(was_ended(&ended(EndReason::Replaced)) && !was_ended(&ended(EndReason::LoggedOut)));
}

#[test]
fn every_kind_and_reason_has_a_sentence_even_unknown_ones() {
    for kind in EventKind::ALL {
        assert!(!event(&of_kind(kind)).is_empty());
    }
    for reason in EndReason::ALL {
        assert!(event(&ended(reason)).len() > "You logged".len());
    }
    assert_eq!(
        event(&AuditEvent { session: None, ..of_kind(EventKind::SessionEnded) }),
        "Unknown device was logged out"
    );
    assert_eq!(event(&of_kind(EventKind::Unknown)), "Other account activity");
}

#[test]
fn only_failed_logins_are_warnings() {
    assert!(is_warning(&of_kind(EventKind::LoginFailed)));
    assert!(!is_warning(&of_kind(EventKind::LoggedIn)));
}
