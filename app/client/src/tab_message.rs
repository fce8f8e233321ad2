//! Messages between the tabs of one browser, as text on a broadcast channel.
//!
//! ```text
//!   lock-ping refresh
//!   lock-pong refresh
//!   refreshed 1764018907123⏎ and the token response, unchanged
//!   logged-in 1764018907123⏎ and the token response
//!   ended revoked 2026-11-24T13:02:11Z⏎ session id⏎ browser⏎ system
//!   unreachable 3 4000 retry-after 503
//!   session-request
//!   session 1764018907123⏎ and the token response
//! ```

use std::{rc::Rc, time::Duration};

use doorward_api::{Device, EndDetails, EndReason, Timestamp};

use crate::{SessionEnd, clock::Clocks, platform::LockName};

/// A message to all other tabs. A tab that runs another version of the client ignores messages that it cannot parse.
#[derive(Debug, PartialEq)]
pub(crate) enum TabMessage {
    /// Checks that the holder of this lock is responsive.
    LockPing(LockName),
    /// This tab holds the lock.
    LockPong(LockName),
    /// A refresh succeeded.
    Refreshed(ForwardedResponse),
    /// A login succeeded.
    LoggedIn(ForwardedResponse),
    /// This session has ended; without an id, whichever session it was.
    Ended { session: Option<String>, end: Option<SessionEnd> },
    /// A refresh failed, for the given number of times in a row; this tab retries after a delay. `has_retry_after`: the
    /// server demanded the delay. `status`: that of the response, if one arrived.
    Unreachable { failures: u32, milliseconds: u64, has_retry_after: bool, status: Option<u16> },
    /// This page was just loaded: does another tab have a recent token response?
    SessionRequest,
    /// The reply. It is older than the request, so it is of no use to other tabs.
    Session(ForwardedResponse),
}

/// A token response, forwarded unchanged.
#[derive(Debug, PartialEq)]
pub(crate) struct ForwardedResponse {
    pub(crate) body: Rc<str>,
    /// When it was requested, in milliseconds by the wall clock: the only clock that tabs share.
    requested_at: u64,
}

impl ForwardedResponse {
    pub(crate) fn new(body: Rc<str>, requested_at: Clocks) -> Self {
        let since_epoch = Duration::try_from_secs_f64(requested_at.wall / 1000.0).unwrap_or_default();
        Self { body, requested_at: u64::try_from(since_epoch.as_millis()).unwrap_or_default() }
    }

    fn to_text(&self, kind: &str) -> String {
        format!("{kind} {}\n{}", self.requested_at, self.body)
    }

    /// When it was requested, by the clocks of this tab.
    pub(crate) fn requested_at(&self, now: Clocks) -> Clocks {
        let wall = Duration::from_millis(self.requested_at).as_secs_f64() * 1000.0;
        let age = Duration::try_from_secs_f64((now.wall - wall) / 1000.0).unwrap_or_default();
        Clocks { monotonic: now.monotonic.earlier_by(age), wall }
    }
}

/// In place of an absent value.
const ABSENT: &str = "-";

impl TabMessage {
    /// Whether the message is about the session of the browser's cookie. A tab with a session of its own ignores it.
    pub(crate) fn concerns_shared_session(&self) -> bool {
        !matches!(self, Self::LockPing(_) | Self::LockPong(_))
    }

    pub(crate) fn to_text(&self) -> String {
        match self {
            Self::LockPing(name) => format!("lock-ping {}", name.name()),
            Self::LockPong(name) => format!("lock-pong {}", name.name()),
            Self::Refreshed(response) => response.to_text("refreshed"),
            Self::LoggedIn(response) => response.to_text("logged-in"),
            Self::SessionRequest => "session-request".to_owned(),
            Self::Session(response) => response.to_text("session"),
            Self::Ended { session, end } => {
                let session = session.as_deref().unwrap_or_default();
                let reason = end.as_ref().map_or(ABSENT, |end| end.reason.name());
                let details = end.as_ref().and_then(|end| end.details.as_ref());
                let at = details.map_or(ABSENT, |details| details.at.as_str());
                let by = details.and_then(|details| details.by.as_ref());
                let by = by.map(|Device { browser, os }| format!("\n{browser}\n{os}")).unwrap_or_default();
                format!("ended {reason} {at}\n{session}{by}")
            }
            Self::Unreachable { failures, milliseconds, has_retry_after, status } => {
                let retry_after = if *has_retry_after { "retry-after" } else { ABSENT };
                let status = status.unwrap_or_default();
                format!("unreachable {failures} {milliseconds} {retry_after} {status}")
            }
        }
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (line, rest) = text.split_once('\n').unwrap_or((text, ""));
        let mut words = line.split(' ');
        let kind = words.next()?;
        let mut word = || words.next();
        let is_present = |word: &&str| *word != ABSENT;
        Some(match kind {
            "lock-ping" => Self::LockPing(LockName::from_name(word()?)?),
            "lock-pong" => Self::LockPong(LockName::from_name(word()?)?),
            "refreshed" | "logged-in" | "session" => {
                let response = ForwardedResponse { requested_at: word()?.parse().ok()?, body: rest.into() };
                match kind {
                    "refreshed" => Self::Refreshed(response),
                    "logged-in" => Self::LoggedIn(response),
                    _ => Self::Session(response),
                }
            }
            "session-request" => Self::SessionRequest,
            "ended" => {
                let (reason, at) = (Some(word()?).filter(is_present), Some(word()?).filter(is_present));
                let mut lines = rest.split('\n').map(str::to_owned);
                let session = lines.next().filter(|id| !id.is_empty());
                let by = lines.next().zip(lines.next()).map(|(browser, os)| Device { browser, os });
                let details = at.map(|at| EndDetails { at: Timestamp::new(at), by });
                let end = reason.map(|reason| SessionEnd { reason: EndReason::from_name(reason), details });
                Self::Ended { session, end }
            }
            "unreachable" => Self::Unreachable {
                failures: word()?.parse().ok()?,
                milliseconds: word()?.parse().ok()?,
                has_retry_after: is_present(&word()?),
                // Earlier versions do not send it.
                status: word().and_then(|status| status.parse().ok()).filter(|&status| status != 0),
            },
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn forwarded() -> ForwardedResponse {
        let body = "{\n\"access_token\": \"a.b.c\"\n}".into();
        ForwardedResponse { body, requested_at: 1_764_018_907_123 }
    }

    fn revoked(by: Option<(&str, &str)>) -> TabMessage {
        let by = by.map(|(browser, os)| Device { browser: browser.to_owned(), os: os.to_owned() });
        let details = Some(EndDetails { at: Timestamp::new("2026-11-24T13:02:11Z"), by });
        let end = Some(SessionEnd { reason: EndReason::Revoked, details });
        TabMessage::Ended { session: Some("5f0c".to_owned()), end }
    }

    #[test]
    fn messages_survive_the_channel() {
        let ended = |session: Option<&str>, reason: Option<EndReason>| TabMessage::Ended {
            session: session.map(str::to_owned),
            end: reason.map(SessionEnd::new),
        };
        for message in [
            TabMessage::LockPing(LockName::Refresh),
            TabMessage::LockPong(LockName::Cookie),
            TabMessage::Refreshed(forwarded()),
            TabMessage::LoggedIn(forwarded()),
            TabMessage::SessionRequest,
            TabMessage::Session(forwarded()),
            ended(Some("any text is an id"), Some(EndReason::LoggedOut)),
            ended(Some("5f0c"), None),
            ended(None, Some(EndReason::Unknown)),
            ended(None, None),
            revoked(None),
            revoked(Some(("Firefox", "Linux"))),
            TabMessage::Unreachable { failures: 3, milliseconds: 4000, has_retry_after: true, status: Some(503) },
            TabMessage::Unreachable { failures: 3, milliseconds: 4000, has_retry_after: false, status: None },
        ] {
            assert_eq!(TabMessage::parse(&message.to_text()), Some(message));
        }
        let of_an_earlier_version = TabMessage::parse("unreachable 3 4000 -");
        let expected =
            TabMessage::Unreachable { failures: 3, milliseconds: 4000, has_retry_after: false, status: None };
        assert_eq!(of_an_earlier_version, Some(expected));
    }

    #[test]
    fn messages_of_other_versions_are_ignored() {
        for text in [
            "",
            "lock-pong",
            "lock-pong dancing",
            "refreshed soon\n{}",
            "ended",
            "ended revoked",
            "unreachable 3 4000",
            "{\"Busy\":\"Refresh\"}",
        ] {
            assert_eq!(TabMessage::parse(text), None, "{text}");
        }
    }
}
