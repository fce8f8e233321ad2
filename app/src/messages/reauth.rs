//! Messages about the expiry of a session that cannot be renewed.

use std::time::Duration;

/// For example `29 d 23 h 59 min 58 s`, rounded up to the second, so that `0 s` means expired.
pub(crate) fn duration(duration: Duration) -> String {
    let seconds = duration.as_secs() + u64::from(duration.subsec_nanos() > 0);
    let units = [(seconds / 86400, "\u{a0}d "), (seconds / 3600 % 24, "\u{a0}h "), (seconds / 60 % 60, "\u{a0}min ")];
    let mut text = String::new();
    for (number, unit) in units {
        if number > 0 || !text.is_empty() {
            text += &number.to_string();
            text += unit;
        }
    }
    text + &(seconds % 60).to_string() + "\u{a0}s"
}

/// The visible warning, updated every second.
pub(crate) fn expires_in(seconds: u64) -> String {
    format!("Your session ends in {}.", duration(Duration::from_secs(seconds)))
}

/// The announcement for screen readers. It changes only a few times, starting `lead_time` seconds before the expiry.
pub(crate) fn expires_soon(seconds: u64, lead_time: u64) -> String {
    let threshold = [30, 60].into_iter().find(|threshold| seconds <= *threshold);
    let time = match threshold.map_or(lead_time, |threshold| threshold.min(lead_time)) {
        120 => "2 minutes".to_owned(),
        60 => "1 minute".to_owned(),
        1 => "1 second".to_owned(),
        seconds => format!("{seconds} seconds"),
    };
    format!("Your session ends in less than {time}. To stay logged in, log in again.")
}

/// The title of the dialog.
pub(crate) fn reauth_title(is_expired: bool) -> &'static str {
    if is_expired { "Your session has ended" } else { "Log in again" }
}

/// The description in the dialog.
pub(crate) fn reauth_description(name: &str, is_expired: bool) -> String {
    if is_expired {
        format!("Log in again as {name} to continue. Nothing you typed is lost.")
    } else {
        "You will start a new session. This page stays as it is.".to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_starts_with_its_largest_unit_and_goes_down_to_the_second() {
        let text = |milliseconds| duration(Duration::from_millis(milliseconds)).replace('\u{a0}', " ");
        assert_eq!(text(0), "0 s");
        assert_eq!(text(1), "1 s");
        assert_eq!(text(1001), "2 s");
        assert_eq!(text(3_600_000), "1 h 0 min 0 s");
        assert_eq!(text(2_591_999_000), "29 d 23 h 59 min 59 s");
    }

    #[test]
    fn screen_readers_get_three_announcements_and_not_one_per_second() {
        let mut announcements: Vec<_> = (1..=120).rev().map(|left| expires_soon(left, 120)).collect();
        announcements.dedup();
        assert_eq!(announcements.len(), 3, "{announcements:?}");
        for (sentence, time) in announcements.iter().zip(["2 minutes", "1 minute", "30 seconds"]) {
            assert!(sentence.contains(time), "{sentence}");
        }
    }

    #[test]
    fn a_short_session_is_announced_once() {
        let mut announcements: Vec<_> = (1..=4).rev().map(|left| expires_soon(left, 4)).collect();
        announcements.dedup();
        assert_eq!(announcements, ["Your session ends in less than 4 seconds. To stay logged in, log in again."]);
    }
}
