//! What is said about the sessions of a person, and asked before one ends.

use doorward_api::{Device, Session};

/// Which sessions are to end.
#[derive(Clone, Debug)]
pub(crate) enum Which {
    /// This one.
    One(Session),
    /// All but the one that asks.
    Others,
    /// All of them.
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

/// What the person calls the device, else what it is.
pub(crate) fn name(session: &Session) -> String {
    session.label.clone().unwrap_or_else(|| device(&session.device))
}

/// Over the list.
pub(crate) fn count(sessions: usize) -> String {
    match sessions {
        1 => "This is the only place where you are logged in.".to_owned(),
        _ => format!("You are logged in at {sessions} places."),
    }
}

/// What is asked before anything ends.
pub(crate) fn question(which: &Which) -> String {
    match which {
        Which::One(session) => format!("End the session on {}?", name(session)),
        Which::Others => "End all other sessions?".to_owned(),
        Which::All => "Log out everywhere?".to_owned(),
    }
}

/// What happens then, of all these sessions.
pub(crate) fn consequence(which: &Which, sessions: &[Session]) -> String {
    match which {
        Which::One(session) if session.current => {
            "That is the device in front of you: you will be logged out here.".to_owned()
        }
        Which::One(_) => {
            "Whoever uses that device is logged out at once and needs your password to come back.".to_owned()
        }
        Which::Others => {
            let others: Vec<_> = sessions.iter().filter(|session| !session.current).map(name).collect();
            format!("{} You stay logged in here.", end(others.len()) + ": " + &enumerated(&others) + ".")
        }
        Which::All if sessions.len() == 1 => "You will be logged out here. There is no other session.".to_owned(),
        Which::All => format!("{}, the one on this device too.", end(sessions.len())),
    }
}

fn end(count: usize) -> String {
    match count {
        1 => "One session ends at once".to_owned(),
        _ => format!("{count} sessions end at once"),
    }
}

/// More names than this are counted.
const MOST_NAMES: usize = 4;

/// For example `Safari on iPhone, Firefox on Linux and 3 more`.
fn enumerated(names: &[String]) -> String {
    let shown = if names.len() > MOST_NAMES { MOST_NAMES - 1 } else { names.len() };
    let mut words = String::new();
    for (index, name) in names[..shown].iter().enumerate() {
        words += match index {
            0 => "",
            _ if index + 1 == names.len() => " and ",
            _ => ", ",
        };
        words += name;
    }
    if shown < names.len() {
        words = format!("{words} and {} more", names.len() - shown);
    }
    words
}

/// The control that asks, and the one that confirms.
pub(crate) const fn control(which: &Which) -> &'static str {
    match which {
        Which::One(_) => "End session",
        Which::Others => "End all other sessions",
        Which::All => "Log out everywhere",
    }
}

/// A session has ended: by this request, or before it.
pub(crate) fn ended(session: &Session, by_us: bool) -> String {
    let end = if by_us { "has ended" } else { "had ended already" };
    format!("The session on {} {end}.", name(session))
}

/// Other sessions have ended.
pub(crate) fn others_ended(count: usize) -> String {
    match count {
        0 => "There were no other sessions any more.".to_owned(),
        1 => "1 other session has ended.".to_owned(),
        _ => format!("{count} other sessions have ended."),
    }
}

/// A device has another name now, or none.
pub(crate) fn renamed(session: &Session) -> String {
    match &session.label {
        Some(label) => format!("The device is now called {label}."),
        None => format!("The name is gone. The device is {} again.", device(&session.device)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use doorward_api::{PolicyName, Timestamp};

    fn on(browser: &str, os: &str) -> Session {
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
    fn a_device_is_called_what_is_known_of_it() {
        for (browser, os, words) in [
            ("Firefox", "Linux", "Firefox on Linux"),
            ("Firefox", "Unknown system", "Firefox"),
            ("Unknown browser", "Linux", "Unknown browser on Linux"),
            ("Unknown browser", "Unknown system", "Unknown device"),
        ] {
            assert_eq!(name(&on(browser, os)), words);
        }
        let phone = Session { label: Some("Ada’s phone".to_owned()), ..on("Safari", "iPhone") };
        assert_eq!(name(&phone), "Ada’s phone");
        assert_eq!(question(&Which::One(phone)), "End the session on Ada’s phone?");
    }

    #[test]
    fn ending_ones_own_session_says_that_it_is_a_logout() {
        let here = Session { current: true, ..on("Firefox", "Linux") };
        assert!(consequence(&Which::One(here), &[]).contains("you will be logged out here"));
        assert!(consequence(&Which::One(on("Firefox", "Linux")), &[]).contains("Whoever uses that device"));
    }

    #[test]
    fn ending_all_others_says_how_many_and_which() {
        let told = |count| {
            let mut sessions = vec![on("Safari", "iPhone"); count];
            sessions.push(Session { current: true, ..on("Firefox", "Linux") });
            consequence(&Which::Others, &sessions)
        };
        assert_eq!(told(1), "One session ends at once: Safari on iPhone. You stay logged in here.");
        assert!(told(2).starts_with("2 sessions end at once: Safari on iPhone and Safari on iPhone."));
        assert!(told(4).contains("iPhone, Safari on iPhone, Safari on iPhone and Safari on iPhone."));
        assert!(told(49).contains("iPhone, Safari on iPhone, Safari on iPhone and 46 more."));
    }

    #[test]
    fn ending_all_counts_this_one_too() {
        let sessions = vec![on("Safari", "iPhone"); 3];
        assert_eq!(consequence(&Which::All, &sessions), "3 sessions end at once, the one on this device too.");
        assert_eq!(consequence(&Which::All, &sessions[..1]), "You will be logged out here. There is no other session.");
    }

    #[test]
    fn what_has_ended_is_counted() {
        assert_eq!(others_ended(0), "There were no other sessions any more.");
        assert_eq!(others_ended(1), "1 other session has ended.");
        assert_eq!(others_ended(3), "3 other sessions have ended.");
        assert_eq!(ended(&on("Safari", "iPhone"), true), "The session on Safari on iPhone has ended.");
        assert_eq!(ended(&on("Safari", "iPhone"), false), "The session on Safari on iPhone had ended already.");
    }
}
