//! What the tabs of one browser tell each other, as text.
//!
//! ```text
//!   who-has refresh
//!   busy refresh
//!   refreshed 1764018907123⏎ and the grant, as it came
//!   logged-in 1764018907123⏎ and the grant
//!   ended revoked 2026-11-24T13:02:11Z⏎ the session's id⏎ browser⏎ system
//!   unreachable 3 4000 asked
//! ```

use std::time::Duration;

use super::{
    SessionEnd,
    platform::{Clocks, Turn},
};
use doorward_api::{Device, EndDetails, EndReason, Timestamp};

/// What the tabs tell each other. A tab with another version of this program does not understand all of it, and goes
/// without.
#[derive(Debug, PartialEq)]
pub(super) enum News {
    /// Whoever has this turn, say so.
    WhoHas(Turn),
    /// The turn is ours.
    Busy(Turn),
    /// A refresh brought this grant.
    Refreshed(Passed),
    /// A login brought this grant.
    LoggedIn(Passed),
    /// This session is over; without an id, whichever it was.
    Ended { session: Option<String>, why: Option<SessionEnd> },
    /// The server did not answer a refresh, for the so-many-th time, and is left alone for so long.
    Unreachable { failures: u32, milliseconds: u64, asked_for: bool },
}

/// A grant, passed on as it came.
#[derive(Debug, PartialEq)]
pub(super) struct Passed {
    pub(super) grant: String,
    /// When it was asked for, in whole milliseconds by the time of day: the one clock that tabs share.
    asked_at: u64,
}

impl Passed {
    pub(super) fn new(body: &[u8], asked_at: Clocks) -> Self {
        let since_1970 = Duration::try_from_secs_f64(asked_at.wall / 1000.0).unwrap_or_default();
        Self {
            // What is not text says nothing to the others, and they ask for themselves.
            grant: String::from_utf8(body.to_vec()).unwrap_or_default(),
            asked_at: u64::try_from(since_1970.as_millis()).unwrap_or_default(),
        }
    }

    /// When it was asked for, by the clocks of this tab.
    pub(super) fn asked_at(&self, now: Clocks) -> Clocks {
        let wall = Duration::from_millis(self.asked_at).as_secs_f64() * 1000.0;
        let age = Duration::try_from_secs_f64((now.wall - wall) / 1000.0).unwrap_or_default();
        Clocks { steady: now.steady.earlier_by(age), wall }
    }
}

const NOT_SAID: &str = "-";

impl News {
    /// Whether it is about the session of the browser's cookie, or of whoever asks with it: nothing to a tab whose session
    /// is its own.
    pub(super) fn is_of_shared_session(&self) -> bool {
        !matches!(self, Self::WhoHas(_) | Self::Busy(_))
    }

    /// For the other tabs.
    pub(super) fn to_text(&self) -> String {
        match self {
            Self::WhoHas(turn) => format!("who-has {}", turn.name()),
            Self::Busy(turn) => format!("busy {}", turn.name()),
            Self::Refreshed(Passed { grant, asked_at }) => format!("refreshed {asked_at}\n{grant}"),
            Self::LoggedIn(Passed { grant, asked_at }) => format!("logged-in {asked_at}\n{grant}"),
            Self::Ended { session, why } => {
                let session = session.as_deref().unwrap_or_default();
                let reason = why.as_ref().map_or(NOT_SAID, |why| why.reason.name());
                let ended = why.as_ref().and_then(|why| why.details.as_ref());
                let at = ended.map_or(NOT_SAID, |ended| ended.at.as_str());
                let by = ended.and_then(|ended| ended.by.as_ref());
                let by = by.map(|Device { browser, os }| format!("\n{browser}\n{os}")).unwrap_or_default();
                format!("ended {reason} {at}\n{session}{by}")
            }
            Self::Unreachable { failures, milliseconds, asked_for } => {
                format!("unreachable {failures} {milliseconds} {}", if *asked_for { "asked" } else { NOT_SAID })
            }
        }
    }

    /// From another tab.
    pub(super) fn read(text: &str) -> Option<Self> {
        let (line, rest) = text.split_once('\n').unwrap_or((text, ""));
        let mut words = line.split(' ');
        let kind = words.next()?;
        let mut word = || words.next();
        let is_said = |word: &&str| *word != NOT_SAID;
        Some(match kind {
            "who-has" => Self::WhoHas(Turn::from_name(word()?)?),
            "busy" => Self::Busy(Turn::from_name(word()?)?),
            "refreshed" => Self::Refreshed(Passed { asked_at: word()?.parse().ok()?, grant: rest.to_owned() }),
            "logged-in" => Self::LoggedIn(Passed { asked_at: word()?.parse().ok()?, grant: rest.to_owned() }),
            "ended" => {
                let (reason, at) = (Some(word()?).filter(is_said), Some(word()?).filter(is_said));
                let mut lines = rest.split('\n').map(str::to_owned);
                let session = lines.next().filter(|id| !id.is_empty());
                let by = lines.next().zip(lines.next()).map(|(browser, os)| Device { browser, os });
                let ended = at.map(|at| EndDetails { at: Timestamp::new(at), by });
                Self::Ended {
                    session,
                    why: reason.map(|reason| SessionEnd { reason: EndReason::from_name(reason), details: ended }),
                }
            }
            "unreachable" => Self::Unreachable {
                failures: word()?.parse().ok()?,
                milliseconds: word()?.parse().ok()?,
                asked_for: is_said(&word()?),
            },
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passed() -> Passed {
        Passed { grant: "{\n\"access_token\": \"a.b.c\"\n}".to_owned(), asked_at: 1_764_018_907_123 }
    }

    fn revoked(by: Option<(&str, &str)>) -> News {
        let by = by.map(|(browser, os)| Device { browser: browser.to_owned(), os: os.to_owned() });
        let ended = Some(EndDetails { at: Timestamp::new("2026-11-24T13:02:11Z"), by });
        News::Ended {
            session: Some("5f0c".to_owned()),
            why: Some(SessionEnd { reason: EndReason::Revoked, details: ended }),
        }
    }

    #[test]
    fn what_one_tab_tells_another_one_reads() {
        for news in [
            News::WhoHas(Turn::Refresh),
            News::Busy(Turn::Cookie),
            News::Refreshed(passed()),
            News::LoggedIn(passed()),
            News::Ended {
                session: Some("any text is an id".to_owned()),
                why: Some(SessionEnd::new(EndReason::LoggedOut)),
            },
            News::Ended { session: Some("5f0c".to_owned()), why: None },
            News::Ended { session: None, why: Some(SessionEnd::new(EndReason::Unknown)) },
            News::Ended { session: None, why: None },
            revoked(None),
            revoked(Some(("Firefox", "Linux"))),
            News::Unreachable { failures: 3, milliseconds: 4000, asked_for: true },
            News::Unreachable { failures: 3, milliseconds: 4000, asked_for: false },
        ] {
            assert_eq!(News::read(&news.to_text()), Some(news));
        }
    }

    #[test]
    fn what_another_version_tells_is_left_alone() {
        for text in [
            "",
            "busy",
            "busy dancing",
            "refreshed soon\n{}",
            "ended",
            "ended revoked",
            "unreachable 3 4000",
            "{\"Busy\":\"Refresh\"}",
        ] {
            assert_eq!(News::read(text), None, "{text}");
        }
    }
}
