//! The session that a tab has, from a token response that has been checked.

use std::{rc::Rc, time::Duration};

use doorward_api::{Session, Timestamp, TokenResponse, User};

use crate::{
    clock::{Clocks, Moment},
    credentials::{Credentials, Freshness, RefreshCredential},
    json,
    request::Authorization,
    tab_message::ForwardedResponse,
};

/// A token response that is older than this is not sent to tabs that start: they get a newer one from the server.
const RECENT: Duration = Duration::from_secs(30);

/// A session with its credentials. Its end is a point on the monotonic clock instead of a date.
#[derive(Clone)]
pub(crate) struct ActiveSession {
    pub(crate) credentials: Credentials,
    /// When the token response was requested.
    requested_at: Clocks,
    /// When the session ends.
    pub(crate) expires_at: Moment,
    pub(crate) session: Session,
    pub(crate) user: User,
    /// The token response for other tabs, unless the session is bound to this one.
    response: Option<Rc<str>>,
}

impl ActiveSession {
    /// Reads a token response that was requested at `requested_at` and has just arrived: the response to a login, or to a
    /// refresh that `presented` a credential. `None` for any other body: a proxy's page, truncated JSON, missing or
    /// unexpected tokens, an impossible lifetime.
    ///
    /// The end of the session is computed from the server's clock alone: in a token response, `last_used_at` is the time
    /// of the response, so `expires_at - last_used_at` is the time left. The device's wall clock is not used, nor is the
    /// `Date` header, which proxies replace. If `last_used_at` is older, the computed end is too late, which costs one rejected
    /// refresh; it is never too early.
    pub(crate) fn from_response(
        body: &[u8],
        presented: Option<&RefreshCredential>,
        requested_at: Clocks,
        now: Moment,
        random: f64,
    ) -> Option<Box<Self>> {
        let response: TokenResponse = json::read(body)?;
        let credentials = Credentials::from_response(&response, presented, requested_at, random)?;
        let TokenResponse { session, user, .. } = response;
        let time_left = seconds(&session.expires_at)?.saturating_sub(seconds(&session.last_used_at)?);
        let expires_at = credentials.session_end(now + Duration::from_secs(time_left));
        let mut active = Self { credentials, requested_at, expires_at, session, user, response: None };
        if !active.is_tab_bound() {
            active.response = str::from_utf8(body).ok().map(Rc::from);
        }
        Some(Box::new(active))
    }

    /// What authorizes a request.
    pub(crate) fn authorization(&self) -> Authorization {
        match self.credentials.access_token() {
            Some(token) => Authorization::Bearer(token.secret().clone()),
            None => Authorization::Session(self.session.id.clone()),
        }
    }

    /// The token response, for the tabs that share the session.
    pub(crate) fn forwarded(&self) -> Option<ForwardedResponse> {
        Some(ForwardedResponse::new(self.response.clone()?, self.requested_at))
    }

    /// The same; `None` if a starting tab should refresh instead.
    pub(crate) fn recently_forwarded(&self, now: Clocks) -> Option<ForwardedResponse> {
        let is_recent = now.elapsed_at_most(self.requested_at) < RECENT;
        (is_recent && self.credentials.freshness(now) == Freshness::Fresh).then(|| self.forwarded()).flatten()
    }

    /// Whether the credentials are in the memory of this tab alone. Otherwise they are renewed by a cookie, which all tabs share.
    pub(crate) fn is_tab_bound(&self) -> bool {
        !matches!(self.credentials.refresh_credential(), Some(RefreshCredential::Cookie))
    }

    /// Whether the session can be refreshed. If not, the user logs in again over the page when it expires.
    pub(crate) fn is_renewable(&self) -> bool {
        self.credentials.refresh_credential().is_some()
    }

    /// Time left of the session. If the wall clock has advanced further than the monotonic clock, the machine has
    /// probably slept, so that time counts.
    pub(crate) fn time_left(&self, now: Clocks) -> Duration {
        (self.expires_at - self.requested_at.monotonic).saturating_sub(now.elapsed_at_most(self.requested_at))
    }

    /// Restarts the wall clock at the time of the monotonic clock: the session is active although it has expired by the
    /// wall clock, so that clock was set.
    pub(crate) fn rebase_wall_clock(&mut self, now: Clocks) {
        self.requested_at.wall = now.wall - now.elapsed_since(self.requested_at).as_secs_f64() * 1000.0;
    }

    /// When the token response was requested, by the monotonic clock.
    pub(crate) fn requested_at(&self) -> Moment {
        self.requested_at.monotonic
    }

    /// Whether both are the session of one login: a password change gives it another id.
    pub(crate) fn is_same_login(&self, other: &Self) -> bool {
        let login = |active: &Self| (active.user.id.clone(), active.session.policy, active.session.created_at.clone());
        self.session.id == other.session.id || login(self) == login(other)
    }

    /// Whether this is a newer login than `other`, or a later response of the same login, or one to a later proof of the user.
    pub(crate) fn is_newer_than(&self, other: &Self) -> bool {
        if self.is_same_login(other) {
            self.requested_at() > other.requested_at() || self.session.auth_time > other.session.auth_time
        } else {
            self.session.created_at > other.session.created_at
        }
    }

    /// Whether `other` is of a refresh of the same login that the server handled before a confirmation, and arrives after it. In
    /// doubt not, so that a server whose clock is set back is believed.
    pub(crate) fn has_overtaken(&self, other: &Self) -> bool {
        self.is_same_login(other)
            && other.requested_at() <= self.requested_at()
            && other.session.auth_time < self.session.auth_time
    }

    /// Takes everything from a newer response of the same session, except the end, which was fixed at login.
    pub(crate) fn renewed(&self, mut newer: Box<Self>) -> Box<Self> {
        newer.expires_at = self.expires_at;
        newer.session.expires_at.clone_from(&self.session.expires_at);
        newer
    }
}

/// Seconds since a fixed point in time. Parses the one form that the API sends; a date library would be larger than the
/// rest of the client.
fn seconds(timestamp: &Timestamp) -> Option<u64> {
    let text = timestamp.as_str();
    let form = text.bytes().map(|byte| if byte.is_ascii_digit() { b'0' } else { byte });
    if !form.eq(*b"0000-00-00T00:00:00Z") {
        return None;
    }
    let number = |from: usize, to: usize| text.get(from..to)?.parse::<u64>().ok();
    let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
    let (hour, minute, second) = (number(11, 13)?, number(14, 16)?, number(17, 19)?);
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) || year == 0 {
        return None;
    }
    // A year that starts in March has its leap day at the end.
    let (year, month) = if month < 3 { (year - 1, month + 9) } else { (year, month - 3) };
    let days = 365 * year + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + day;
    Some(((days * 24 + hour) * 60 + minute) * 60 + second)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences_of_timestamps_follow_the_calendar() {
        let at = |text: &str| seconds(&Timestamp::new(text)).expect("a timestamp");
        let day = 24 * 60 * 60;

        assert_eq!(at("2026-11-23T20:15:07Z") - at("2026-11-23T20:14:09Z"), 58);
        assert_eq!(at("2027-01-01T00:00:00Z") - at("2026-12-31T23:59:59Z"), 1);
        assert_eq!(at("2028-03-01T00:00:00Z") - at("2028-02-28T00:00:00Z"), 2 * day);
        assert_eq!(at("2027-03-01T00:00:00Z") - at("2027-02-28T00:00:00Z"), day);
        assert_eq!(at("2100-03-01T00:00:00Z") - at("2100-02-28T00:00:00Z"), day);
        assert_eq!(at("2026-11-23T00:00:00Z") - at("1970-01-01T00:00:00Z"), 1_795_392_000);
    }

    #[test]
    fn timestamps_in_other_forms_are_refused() {
        for text in ["", "2026-11-23", "2026-11-23T20:15:07+00:00", "2026-11-23T20:15:07.5Z", "2026-13-23T20:15:07Z"] {
            assert_eq!(seconds(&Timestamp::new(text)), None, "{text}");
        }
    }
}
