//! Device cookies, which recognize a browser in which an account has logged in before (OWASP, "Slow Down Online Guessing
//! Attacks with Device Cookies"). Strangers cannot spend the allowance of such a browser.
//!
//! A cookie is worth nothing for a login by itself. It has an entry for each of the last accounts of a browser, because
//! several people may share one: 12 random bytes, the day of its expiry, and an authentication code over both and the
//! email. So it names no account; an entry can be found only with the email, at a login.

use std::time::Duration;

use aws_lc_rs::{constant_time, hmac};

use crate::{
    clock::Moment,
    keys::master_secret::MasterSecret,
    model::{email::Email, rate_limit::DEVICE_SLOTS},
    random,
};

/// The longest that browsers keep a cookie.
pub const LIFETIME: Duration = Duration::from_hours(400 * 24);

/// The accounts of one browser; the one that logged in longest ago is dropped.
const MAX_ENTRIES: usize = 5;

const RANDOM_BYTES: usize = 12;
const SIGNED_BYTES: usize = RANDOM_BYTES + 4;
const ENTRY_BYTES: usize = SIGNED_BYTES + 16;

/// A browser in which an account has logged in before.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct KnownDevice([u8; RANDOM_BYTES]);

impl KnownDevice {
    pub fn slot(self) -> u8 {
        self.0[0] % DEVICE_SLOTS
    }
}

/// The well-formed entries of the device cookie of a request, not yet verified.
#[derive(Default)]
pub struct DeviceCookie(Vec<[u8; ENTRY_BYTES]>);

impl DeviceCookie {
    /// Several cookies of the name are read as one: a planted one gains nothing.
    pub fn parse<'a>(values: impl Iterator<Item = &'a [u8]>) -> Self {
        let entries = values.flat_map(|value| value.split(|byte| *byte == b'.')).take(2 * MAX_ENTRIES);
        Self(entries.filter_map(|entry| hex::decode(entry).ok()?.try_into().ok()).collect())
    }
}

/// Issues and verifies device cookies.
pub struct DeviceCookies(hmac::Key);

impl DeviceCookies {
    pub fn new(secret: &MasterSecret) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, secret.derive("device cookies").as_ref()))
    }

    /// The device of an account, if this cookie was issued to it.
    pub fn find(&self, cookie: &DeviceCookie, email: &Email, now: Moment) -> Option<KnownDevice> {
        let own = cookie.0.iter().filter(|entry| !is_expired(entry, now)).find(|entry| self.is_of(entry, email))?;
        own.first_chunk().copied().map(KnownDevice)
    }

    /// Whether the account has logged in with this cookie since the day of `since`.
    pub fn has_logged_in_since(&self, cookie: &DeviceCookie, email: &Email, since: Moment, now: Moment) -> bool {
        let valid = cookie.0.iter().filter(|entry| !is_expired(entry, now));
        let recent = valid.filter(|entry| expiry_day(entry) >= day(since.plus(LIFETIME)));
        recent.into_iter().any(|entry| self.is_of(entry, email))
    }

    /// The value of the cookie after a login: the device of the account stays the same one.
    pub fn issue(&self, previous: &DeviceCookie, email: &Email, now: Moment) -> String {
        let device = self.find(previous, email, now).unwrap_or_else(|| KnownDevice(random::bytes()));
        let others = previous.0.iter().filter(|entry| !is_expired(entry, now) && !self.is_of(entry, email));
        let entries = std::iter::once(self.sign(device, email, now)).chain(others.copied()).take(MAX_ENTRIES);
        entries.map(hex::encode).collect::<Vec<_>>().join(".")
    }

    fn sign(&self, device: KnownDevice, email: &Email, now: Moment) -> [u8; ENTRY_BYTES] {
        let mut entry = [0; ENTRY_BYTES];
        let (signed, code) = entry.split_at_mut(SIGNED_BYTES);
        signed[..RANDOM_BYTES].copy_from_slice(&device.0);
        signed[RANDOM_BYTES..].copy_from_slice(&day(now.plus(LIFETIME)).to_be_bytes());
        code.copy_from_slice(&self.code(signed, email));
        entry
    }

    fn is_of(&self, entry: &[u8; ENTRY_BYTES], email: &Email) -> bool {
        let (signed, code) = entry.split_at(SIGNED_BYTES);
        constant_time::verify_slices_are_equal(&self.code(signed, email), code).is_ok()
    }

    fn code(&self, signed: &[u8], email: &Email) -> [u8; ENTRY_BYTES - SIGNED_BYTES] {
        let tag = hmac::sign(&self.0, &[signed, email.as_str().as_bytes()].concat());
        *tag.as_ref().first_chunk().expect("HMAC-SHA256 has 32 bytes")
    }
}

/// Days since 1970: a coarser time reveals less.
fn day(moment: Moment) -> u32 {
    u32::try_from(moment.seconds() / (24 * 3600)).unwrap_or_default()
}

fn is_expired(entry: &[u8; ENTRY_BYTES], now: Moment) -> bool {
    expiry_day(entry) <= day(now)
}

fn expiry_day(entry: &[u8; ENTRY_BYTES]) -> u32 {
    let [.., a, b, c, d] = *entry.first_chunk::<SIGNED_BYTES>().expect("an entry is longer");
    u32::from_be_bytes([a, b, c, d])
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Moment = Moment(1_767_225_600_250);

    fn cookies() -> DeviceCookies {
        DeviceCookies::new(
            &MasterSecret::from_setting("the master secret of this test, long enough").expect("a secret"),
        )
    }

    fn email(name: &str) -> Email {
        Email::parse(&format!("{name}@example.com")).expect("an email")
    }

    fn parse(value: &str) -> DeviceCookie {
        DeviceCookie::parse([value.as_bytes()].into_iter())
    }

    #[test]
    fn a_browser_is_known_for_the_accounts_that_logged_in_and_for_no_other() {
        let cookies = cookies();
        let ada = cookies.issue(&DeviceCookie::default(), &email("ada"), NOW);
        let both = cookies.issue(&parse(&ada), &email("bob"), NOW);

        let found = |value: &str, name| cookies.find(&parse(value), &email(name), NOW);
        assert!(found(&both, "bob").is_some() && found(&both, "ada") == found(&ada, "ada"));
        assert_eq!((found(&both, "eve"), found(&ada, "bob")), (None, None));
        // The device stays the same one from login to login.
        assert_eq!(found(&cookies.issue(&parse(&both), &email("ada"), NOW), "ada"), found(&ada, "ada"));
    }

    #[test]
    fn an_altered_expired_or_foreign_cookie_makes_no_browser_known() {
        let value = cookies().issue(&DeviceCookie::default(), &email("ada"), NOW);
        for at in 0..value.len() {
            let digit = if &value[at..=at] == "0" { "1" } else { "0" };
            let altered = format!("{}{digit}{}", &value[..at], &value[at + 1..]);
            assert_eq!(cookies().find(&parse(&altered), &email("ada"), NOW), None, "{at}");
        }
        assert_eq!(cookies().find(&parse(&value), &email("ada"), NOW.plus(LIFETIME)), None);
        let other = MasterSecret::from_setting("another master secret, also long enough").expect("a secret");
        assert_eq!(DeviceCookies::new(&other).find(&parse(&value), &email("ada"), NOW), None);
        for malformed in ["", ".", "x", "zz", &value[1..], &"ab".repeat(500)] {
            assert_eq!(cookies().find(&parse(malformed), &email("ada"), NOW), None, "{malformed}");
        }
    }

    #[test]
    fn the_last_five_accounts_of_a_browser_are_kept() {
        let cookies = cookies();
        let mut value = String::new();
        for n in 0..20 {
            value = cookies.issue(&parse(&value), &email(&format!("user{n}")), NOW);
        }
        let is_known = |n: usize| cookies.find(&parse(&value), &email(&format!("user{n}")), NOW).is_some();
        assert_eq!((0..20).filter(|n| is_known(*n)).collect::<Vec<_>>(), [15, 16, 17, 18, 19]);
        assert!(value.len() < 400, "{value}");
    }

    #[test]
    fn the_cookie_shows_no_identity() {
        let value = cookies().issue(&DeviceCookie::default(), &email("ada"), NOW);
        let bytes = hex::decode(&value).expect("hex");
        assert!(!bytes.windows(3).any(|window| window.eq_ignore_ascii_case(b"ada")));
        assert_ne!(value, cookies().issue(&DeviceCookie::default(), &email("ada"), NOW));
    }
}
