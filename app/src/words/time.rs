//! What is said about time that is left.

use std::time::Duration;

/// For example `29 d 23 h 59 min 58 s`, a begun second counting as a whole one, so that `0 s` means over.
pub(crate) fn time(time: Duration) -> String {
    let seconds = time.as_secs() + u64::from(time.subsec_nanos() > 0);
    let units = [(seconds / 86400, "\u{a0}d "), (seconds / 3600 % 24, "\u{a0}h "), (seconds / 60 % 60, "\u{a0}min ")];
    let mut words = String::new();
    for (number, unit) in units {
        if number > 0 || !words.is_empty() {
            words += &number.to_string();
            words += unit;
        }
    }
    words + &(seconds % 60).to_string() + "\u{a0}s"
}

/// The session is about to end: for the eye, to the second.
pub(crate) fn ends_in(seconds: u64) -> String {
    format!("Your session ends in {}.", time(Duration::from_secs(seconds)))
}

/// The same for the ear: it changes only a few times, from the first one, `from` seconds before the end, on.
pub(crate) fn ends_soon(seconds: u64, from: u64) -> String {
    let mark = [30, 60].into_iter().find(|mark| seconds <= *mark).map_or(from, |mark| mark.min(from));
    let mark = match mark {
        120 => "2 minutes".to_owned(),
        60 => "1 minute".to_owned(),
        1 => "1 second".to_owned(),
        seconds => format!("{seconds} seconds"),
    };
    format!("Your session ends in less than {mark}. To stay longer, log in again.")
}

/// Over the form for logging in again.
pub(crate) fn end_title(is_over: bool) -> &'static str {
    if is_over { "Your session has ended" } else { "Log in again" }
}

/// Whose session has ended, or is about to, and what becomes of the page.
pub(crate) fn end_of(name: &str, is_over: bool) -> String {
    if is_over {
        format!(
            "It was the session of {name}. Log in again, and the page is as you left it, with everything that you have typed."
        )
    } else {
        "A new session begins, and the page stays as it is.".to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_is_told_in_its_largest_units_down_to_the_second() {
        let words = |milliseconds| time(Duration::from_millis(milliseconds)).replace('\u{a0}', " ");
        assert_eq!(words(0), "0 s");
        assert_eq!(words(1), "1 s");
        assert_eq!(words(1001), "2 s");
        assert_eq!(words(3_600_000), "1 h 0 min 0 s");
        assert_eq!(words(2_591_999_000), "29 d 23 h 59 min 59 s");
    }

    #[test]
    fn who_listens_is_told_three_times_and_not_every_second() {
        let mut told: Vec<_> = (1..=120).rev().map(|left| ends_soon(left, 120)).collect();
        told.dedup();
        assert_eq!(told.len(), 3, "{told:?}");
        for (sentence, time) in told.iter().zip(["2 minutes", "1 minute", "30 seconds"]) {
            assert!(sentence.contains(time), "{sentence}");
        }
    }

    #[test]
    fn a_short_session_is_told_of_once() {
        let mut told: Vec<_> = (1..=4).rev().map(|left| ends_soon(left, 4)).collect();
        told.dedup();
        assert_eq!(told, ["Your session ends in less than 4 seconds. To stay longer, log in again."]);
    }
}
