//! Messages of the sessions page.

use doorward_api::{Device, Session};

pub(crate) const SESSIONS_LEAD: &str =
    "Devices logged in to your account. Don't recognize one? End its session and change your password.";

/// The sessions to end.
#[derive(Clone, Debug)]
pub(crate) enum EndTarget {
    One(Session),
    /// All but the current one.
    Others,
    All,
}

/// For example `Firefox on Linux`.
pub(crate) fn device(Device { browser, os }: &Device) -> String {
    match (browser.as_str(), os.as_str()) {
        ("Unknown browser", "Unknown system") => "Unknown device".to_owned(),
        (browser, "Unknown system") => browser.to_owned(),
        (browser, os) => format!("{browser} on {os}"),
    }
}

/// The user's name for the device, else what is known of it.
pub(crate) fn session_name(session: &Session) -> String {
    session.label.clone().unwrap_or_else(|| device(&session.device))
}

/// Above the list.
pub(crate) fn session_count(sessions: usize) -> String {
    match sessions {
        1 => "You are only logged in here.".to_owned(),
        _ => format!("You are logged in on {sessions} devices."),
    }
}

/// The title of the confirmation.
pub(crate) fn confirm_end(target: &EndTarget) -> String {
    match target {
        EndTarget::One(session) => format!("End the session on {}?", session_name(session)),
        EndTarget::Others => "End all other sessions?".to_owned(),
        EndTarget::All => "Log out everywhere?".to_owned(),
    }
}

/// What will happen if the user confirms, given the whole list.
pub(crate) fn consequence(target: &EndTarget, sessions: &[Session]) -> String {
    match target {
        EndTarget::One(session) if session.current => {
            "This is the device you are using. You will be logged out.".to_owned()
        }
        EndTarget::One(_) => {
            "The device will be logged out right away. Logging in again needs your password.".to_owned()
        }
        EndTarget::Others => {
            let others: Vec<_> = sessions.iter().filter(|session| !session.current).map(session_name).collect();
            let verb = match others.len() {
                1 => "One session will end".to_owned(),
                count => format!("{count} sessions will end"),
            };
            format!("{verb}: {}. You stay logged in here.", enumerate(&others))
        }
        EndTarget::All if sessions.len() == 1 => "You will be logged out. There are no other sessions.".to_owned(),
        EndTarget::All => format!("All {} sessions will end, including this one.", sessions.len()),
    }
}

/// Further names are only counted.
const MAX_NAMES: usize = 4;

/// For example `Safari on iPhone, Firefox on Linux and 3 more`.
fn enumerate(names: &[String]) -> String {
    let shown = if names.len() > MAX_NAMES { MAX_NAMES - 1 } else { names.len() };
    let mut text = String::new();
    for (index, name) in names[..shown].iter().enumerate() {
        text += match index {
            0 => "",
            _ if index + 1 == names.len() => " and ",
            _ => ", ",
        };
        text += name;
    }
    if shown < names.len() {
        text = format!("{text} and {} more", names.len() - shown);
    }
    text
}

/// The label of the button that opens the confirmation, and of the one that confirms.
pub(crate) const fn end_button(target: &EndTarget) -> &'static str {
    match target {
        EndTarget::One(_) => "End session",
        EndTarget::Others => "End all other sessions",
        EndTarget::All => "Log out everywhere",
    }
}

/// The result of ending one session.
pub(crate) fn session_ended(session: &Session, had_ended: bool) -> String {
    let verb = if had_ended { "had already ended" } else { "has ended" };
    format!("The session on {} {verb}.", session_name(session))
}

/// The result of ending all other sessions.
pub(crate) fn others_ended(count: usize) -> String {
    match count {
        0 => "There were no other sessions left.".to_owned(),
        1 => "1 other session has ended.".to_owned(),
        _ => format!("{count} other sessions have ended."),
    }
}

/// The result of renaming a device.
pub(crate) fn renamed(session: &Session) -> String {
    match &session.label {
        Some(label) => format!("Renamed to {label}."),
        None => format!("Name removed. The device is shown as {}.", device(&session.device)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use doorward_api::{PolicyName, Timestamp};

    fn session_on(browser: &str, os: &str) -> Session {
        let at = Timestamp::new("2026-11-23T20:15:00Z");
        Session {
            id: format!("{browser}-{os}"),
            current: false,
            policy: PolicyName::Retention,
            label: None,
            device: Device { browser: browser.to_owned(), os: os.to_owned() },
            ip: "203.0.113.9".to_owned(),
            created_at: at.clone(),
            last_used_at: at.clone(),
            expires_at: at,
        }
    }

    #[test]
    fn a_device_is_named_by_its_label_or_by_what_is_known_of_it() {
        for (browser, os, name) in [
            ("Firefox", "Linux", "Firefox on Linux"),
            ("Firefox", "Unknown system", "Firefox"),
            ("Unknown browser", "Linux", "Unknown browser on Linux"),
            ("Unknown browser", "Unknown system", "Unknown device"),
        ] {
            assert_eq!(session_name(&session_on(browser, os)), name);
        }
        let phone = Session { label: Some("Ada’s phone".to_owned()), ..session_on("Safari", "iPhone") };
        assert_eq!(session_name(&phone), "Ada’s phone");
        assert_eq!(confirm_end(&EndTarget::One(phone)), "End the session on Ada’s phone?");
    }

    #[test]
    fn ending_the_current_session_says_that_it_is_a_logout() {
        let current = Session { current: true, ..session_on("Firefox", "Linux") };
        assert!(consequence(&EndTarget::One(current), &[]).contains("You will be logged out"));
        let other = session_on("Firefox", "Linux");
        assert!(consequence(&EndTarget::One(other), &[]).contains("The device will be logged out"));
    }

    #[test]
    fn ending_all_others_says_how_many_and_which() {
        let message = |count| {
            let mut sessions = vec![session_on("Safari", "iPhone"); count];
            sessions.push(Session { current: true, ..session_on("Firefox", "Linux") });
            consequence(&EndTarget::Others, &sessions)
        };
        assert_eq!(message(1), "One session will end: Safari on iPhone. You stay logged in here.");
        assert!(message(2).starts_with("2 sessions will end: Safari on iPhone and Safari on iPhone."));
        assert!(message(4).contains("iPhone, Safari on iPhone, Safari on iPhone and Safari on iPhone."));
        assert!(message(49).contains("iPhone, Safari on iPhone, Safari on iPhone and 46 more."));
    }

    #[test]
    fn ending_all_includes_the_current_session() {
        let sessions = vec![session_on("Safari", "iPhone"); 3];
        assert_eq!(consequence(&EndTarget::All, &sessions), "All 3 sessions will end, including this one.");
        assert_eq!(
            consequence(&EndTarget::All, &sessions[..1]),
            "You will be logged out. There are no other sessions."
        );
    }

    #[test]
    fn ended_sessions_are_counted() {
        assert_eq!(others_ended(0), "There were no other sessions left.");
        assert_eq!(others_ended(1), "1 other session has ended.");
        assert_eq!(others_ended(3), "3 other sessions have ended.");
        let phone = session_on("Safari", "iPhone");
        assert_eq!(session_ended(&phone, false), "The session on Safari on iPhone has ended.");
        assert_eq!(session_ended(&phone, true), "The session on Safari on iPhone had already ended.");
    }
}
