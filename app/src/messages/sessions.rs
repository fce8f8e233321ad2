//! Messages of the sessions page.

use doorward_api::{Device, Session, Timestamp};

use super::{
    catalog::messages,
    messages,
    text::{fill, plural},
};

messages! {
    Sessions {
        title,
        lead,
        device,
        unknown_device,
        unknown_browser,
        command_line,
        this_device,
        active_now,
        details,
        device_label,
        last_used,
        logged_in,
        ends,
        rename,
        name_label,
        save,
        only_here,
        count,
        unused_one,
        unused,
        confirm_one,
        confirm_others,
        confirm_unused,
        confirm_all,
        ends_current,
        ends_one,
        ends_one_other,
        ends_others,
        ends_only_current,
        ends_all,
        and,
        and_more,
        end_one,
        end_others,
        end_unused,
        end_all,
        has_ended,
        had_ended,
        no_others,
        other_ended,
        others_ended,
        renamed,
        name_removed,
    }
}

/// The sessions to end.
#[derive(Clone, Debug)]
pub(crate) enum EndTarget {
    One(Box<Session>),
    /// All but the current one.
    Others,
    /// All others that have not been used since this time.
    Unused(Timestamp),
    All,
}

impl EndTarget {
    /// Whether a session ends.
    pub(crate) fn includes(&self, session: &Session) -> bool {
        match self {
            Self::One(one) => session.id == one.id,
            Self::Others => !session.current,
            Self::Unused(since) => !session.current && session.last_used_at < *since,
            Self::All => true,
        }
    }
}

/// Whether the session belongs to a program that is no browser: those do not name their system.
pub(crate) fn is_program(Device { browser, os }: &Device) -> bool {
    browser != "Unknown browser" && os == "Unknown system"
}

/// For example `Firefox on Linux`.
pub(crate) fn device(Device { browser, os }: &Device) -> String {
    let sessions = &messages().sessions;
    let browser = match browser.as_str() {
        "Unknown browser" => sessions.unknown_browser,
        "HTTP client" => sessions.command_line,
        browser => browser,
    };
    match (browser == sessions.unknown_browser, os.as_str()) {
        (true, "Unknown system") => sessions.unknown_device.to_owned(),
        (false, "Unknown system") => browser.to_owned(),
        (_, os) => fill(sessions.device, &[("browser", browser), ("os", os)]),
    }
}

/// The user's name for the device, else what is known of it.
pub(crate) fn session_name(session: &Session) -> String {
    session.label.clone().unwrap_or_else(|| device(&session.device))
}

/// Above the list.
pub(crate) fn session_count(sessions: usize) -> String {
    plural(sessions, messages().sessions.only_here, messages().sessions.count)
}

/// The title of the group of sessions that have not been used lately.
pub(crate) fn unused_count(sessions: usize) -> String {
    plural(sessions, messages().sessions.unused_one, messages().sessions.unused)
}

/// The title of the confirmation.
pub(crate) fn confirm_end(target: &EndTarget) -> String {
    let sessions = &messages().sessions;
    match target {
        EndTarget::One(session) => fill(sessions.confirm_one, &[("device", &session_name(session))]),
        EndTarget::Others => sessions.confirm_others.to_owned(),
        EndTarget::Unused(_) => sessions.confirm_unused.to_owned(),
        EndTarget::All => sessions.confirm_all.to_owned(),
    }
}

/// What will happen if the user confirms, given the whole list.
pub(crate) fn consequence(target: &EndTarget, all: &[Session]) -> String {
    let sessions = &messages().sessions;
    match target {
        EndTarget::One(session) if session.current => sessions.ends_current.to_owned(),
        EndTarget::One(_) => sessions.ends_one.to_owned(),
        EndTarget::Others | EndTarget::Unused(_) => {
            let names: Vec<_> = all.iter().filter(|session| target.includes(session)).map(session_name).collect();
            let template = if names.len() == 1 { sessions.ends_one_other } else { sessions.ends_others };
            fill(template, &[("count", &names.len().to_string()), ("devices", &enumerate(&names))])
        }
        EndTarget::All => plural(all.len(), sessions.ends_only_current, sessions.ends_all),
    }
}

/// Further names are only counted.
const MAX_NAMES: usize = 4;

/// For example `Safari on iPhone, Firefox on Linux and 3 more`.
fn enumerate(names: &[String]) -> String {
    let sessions = &messages().sessions;
    match names {
        [] => String::new(),
        [name] => name.clone(),
        [first @ .., last] if names.len() <= MAX_NAMES => {
            fill(sessions.and, &[("first", &first.join(", ")), ("last", last)])
        }
        _ => {
            let (first, more) = names.split_at(MAX_NAMES - 1);
            fill(sessions.and_more, &[("first", &first.join(", ")), ("count", &more.len().to_string())])
        }
    }
}

/// The label of the button that opens the confirmation, and of the one that confirms.
pub(crate) fn end_button(target: &EndTarget) -> &'static str {
    let sessions = &messages().sessions;
    match target {
        EndTarget::One(_) => sessions.end_one,
        EndTarget::Others => sessions.end_others,
        EndTarget::Unused(_) => sessions.end_unused,
        EndTarget::All => sessions.end_all,
    }
}

/// The result of ending one session.
pub(crate) fn session_ended(session: &Session, had_ended: bool) -> String {
    let sessions = &messages().sessions;
    let template = if had_ended { sessions.had_ended } else { sessions.has_ended };
    fill(template, &[("device", &session_name(session))])
}

/// The result of ending other sessions.
pub(crate) fn others_ended(count: usize) -> String {
    let sessions = &messages().sessions;
    if count == 0 { sessions.no_others.to_owned() } else { plural(count, sessions.other_ended, sessions.others_ended) }
}

/// The result of renaming a device.
pub(crate) fn renamed(session: &Session) -> String {
    let sessions = &messages().sessions;
    match &session.label {
        Some(label) => fill(sessions.renamed, &[("label", label)]),
        None => fill(sessions.name_removed, &[("device", &device(&session.device))]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use doorward_api::PolicyName;

    fn session_on(browser: &str, os: &str) -> Session {
        let at = Timestamp::new("2026-11-23T20:15:00Z");
        Session {
            id: format!("{browser}-{os}"),
            current: false,
            policy: PolicyName::Retention,
            label: None,
            device: Device { browser: browser.to_owned(), os: os.to_owned() },
            ip: Some("203.0.113.9".to_owned()),
            created_at: at.clone(),
            last_used_at: at.clone(),
            expires_at: at.clone(),
            acr: "1".to_owned(),
            amr: vec!["pwd".to_owned()],
            auth_time: at,
        }
    }

    #[test]
    fn a_device_is_named_by_its_label_or_by_what_is_known_of_it() {
        for (browser, os, name) in [
            ("Firefox", "Linux", "Firefox on Linux"),
            ("Firefox", "Unknown system", "Firefox"),
            ("Unknown browser", "Linux", "Unknown browser on Linux"),
            ("Unknown browser", "Unknown system", "Unknown device"),
            ("HTTP client", "Unknown system", "Command-line client"),
        ] {
            assert_eq!(session_name(&session_on(browser, os)), name);
        }
        let phone = Session { label: Some("Ada’s phone".to_owned()), ..session_on("Safari", "iPhone") };
        assert_eq!(session_name(&phone), "Ada’s phone");
        assert_eq!(confirm_end(&EndTarget::One(Box::new(phone))), "End the session on Ada’s phone?");
    }

    #[test]
    fn ending_the_current_session_says_that_it_is_a_logout() {
        let current = Session { current: true, ..session_on("Firefox", "Linux") };
        assert!(consequence(&EndTarget::One(Box::new(current)), &[]).contains("You'll be logged out"));
        let other = session_on("Firefox", "Linux");
        assert!(consequence(&EndTarget::One(Box::new(other)), &[]).starts_with("It will be logged out"));
    }

    #[test]
    fn ending_all_others_says_how_many_and_which() {
        let message = |count| {
            let mut sessions = vec![session_on("Safari", "iPhone"); count];
            sessions.push(Session { current: true, ..session_on("Firefox", "Linux") });
            consequence(&EndTarget::Others, &sessions)
        };
        assert_eq!(message(1), "One session will end: Safari on iPhone. You'll stay logged in here.");
        assert!(message(2).starts_with("2 sessions will end: Safari on iPhone and Safari on iPhone."));
        assert!(message(4).contains("iPhone, Safari on iPhone, Safari on iPhone and Safari on iPhone."));
        assert!(message(49).contains("iPhone, Safari on iPhone, Safari on iPhone and 46 more."));
    }

    #[test]
    fn ending_unused_sessions_spares_the_current_one_and_those_that_were_used_since() {
        let current = Session { current: true, ..session_on("Firefox", "Linux") };
        let recent =
            Session { last_used_at: Timestamp::new("2026-11-24T00:00:00Z"), ..session_on("Chrome", "Windows") };
        let sessions = [current, recent, session_on("Safari", "iPhone")];
        let message = consequence(&EndTarget::Unused(Timestamp::new("2026-11-24T00:00:00Z")), &sessions);
        assert_eq!(message, "One session will end: Safari on iPhone. You'll stay logged in here.");
    }

    #[test]
    fn ending_all_includes_the_current_session() {
        let sessions = vec![session_on("Safari", "iPhone"); 3];
        assert_eq!(consequence(&EndTarget::All, &sessions), "All 3 sessions will end now, including this one.");
        assert_eq!(consequence(&EndTarget::All, &sessions[..1]), "You'll be logged out. There are no other sessions.");
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
