//! A grant that has been checked: what passed can be kept without another look.

use std::time::Duration;

use super::{
    json,
    pass::{Pass, Proof, Renewal},
    platform::{Clocks, Moment},
};
use doorward_api::{Session, Timestamp, TokenResponse, User};

/// What a grant brings, with lives in place of times of day.
#[derive(Clone)]
pub(super) struct Granted {
    pub(super) pass: Pass,
    /// When it was asked for.
    asked_at: Clocks,
    /// When the session ends, by this browser's clock.
    pub(super) end: Moment,
    pub(super) session: Session,
    pub(super) user: User,
}

impl Granted {
    /// Reads the answer to a request that was sent at `asked_at`, and has arrived just now: to a login, or to a refresh
    /// that presented something. `None` for whatever is not a sound grant: a proxy's page, half a JSON, a token that is
    /// none or should not be there, a life that is none.
    ///
    /// The session's end comes from the server's own clock alone: in a grant, `last_used_at` is the moment of the
    /// grant, so `expires_at - last_used_at` is what is left. The device's time of day plays no part, and neither
    /// does the `Date` header, which proxies replace by theirs. Where the server names an earlier last use, the end
    /// comes out late, which costs one refresh that is refused; it never comes out early.
    pub(super) fn read(
        body: &[u8],
        presented: Option<&Renewal>,
        asked_at: Clocks,
        now: Moment,
        chance: f64,
    ) -> Option<Box<Self>> {
        let grant: TokenResponse = json::read(body)?;
        let pass = Pass::of(&grant, presented, asked_at, chance)?;
        let left = seconds(&grant.session.expires_at)?.saturating_sub(seconds(&grant.session.last_used_at)?);
        let end = pass.end(now + Duration::from_secs(left));
        Some(Box::new(Self { pass, asked_at, end, session: grant.session, user: grant.user }))
    }

    /// What goes with a request.
    pub(super) fn proof(&self) -> Proof {
        match self.pass.token() {
            Some(token) => Proof::Token(token.text.clone()),
            None => Proof::Cookie { of: self.session.id.clone() },
        }
    }

    /// Whether all tabs of this browser have the session, by the cookie that renews it. Otherwise it lives and dies with
    /// this tab, and is nothing to the others.
    pub(super) fn is_shared(&self) -> bool {
        matches!(self.pass.renewal(), Some(Renewal::Cookie))
    }

    /// Whether its end leaves the page as it is, for the same person to log in again over it.
    pub(super) fn lapses(&self) -> bool {
        self.pass.renewal().is_none()
    }

    /// What is left of the session. Where the time of day has gone further than the steady clock, the machine has slept,
    /// as a rule: that counts.
    pub(super) fn left(&self, now: Clocks) -> Duration {
        (self.end - self.asked_at.steady).saturating_sub(now.perhaps_since(self.asked_at))
    }

    /// The session lives although its time is over by the time of day: somebody has set that. From now on it counts only as
    /// far as it moves.
    pub(super) fn doubt_time_of_day(&mut self, now: Clocks) {
        self.asked_at.wall = now.wall - now.since(self.asked_at).as_secs_f64() * 1000.0;
    }

    /// When it was asked for, by the steady clock.
    pub(super) fn asked_at(&self) -> Moment {
        self.asked_at.steady
    }

    /// Whether it is of a newer login than `other`, or of the same one and was asked for later.
    pub(super) fn is_newer_than(&self, other: &Self) -> bool {
        if self.session.id == other.session.id {
            self.asked_at() > other.asked_at()
        } else {
            self.session.created_at > other.session.created_at
        }
    }
}

/// Seconds since a moment that is the same for all timestamps. Takes the one form that the API speaks; a date library
/// would be larger than the rest of the client.
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
    // Years that begin in March end with their leap day.
    let (year, month) = if month < 3 { (year - 1, month + 9) } else { (year, month - 3) };
    let days = 365 * year + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + day;
    Some(((days * 24 + hour) * 60 + minute) * 60 + second)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timestamps_are_as_far_apart_as_the_calendar_says() {
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
    fn other_forms_are_refused() {
        for text in ["", "2026-11-23", "2026-11-23T20:15:07+00:00", "2026-11-23T20:15:07.5Z", "2026-13-23T20:15:07Z"] {
            assert_eq!(seconds(&Timestamp::new(text)), None, "{text}");
        }
    }
}
