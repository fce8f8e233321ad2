//! Messages about dates, times and durations.

use std::time::Duration;

use super::{
    catalog::messages,
    messages,
    text::{fill, plural},
};

messages! {
    Time {
        at,
        on,
        second,
        seconds,
        minute,
        minutes,
        hour,
        hours,
    }
}

/// For example `at 20:15`.
pub(crate) fn at_time(time: &str) -> String {
    fill(messages().time.at, &[("time", time)])
}

/// For example `on 23 November 2026 at 20:15`.
pub(crate) fn on_date(date: &str) -> String {
    fill(messages().time.on, &[("date", date)])
}

/// A time to wait, rounded up: for example `45 seconds`, `5 minutes`.
pub(crate) fn about(seconds: u64) -> String {
    about_in(&messages().time, seconds)
}

pub(super) fn about_in(time: &Time, seconds: u64) -> String {
    let minutes = seconds.div_ceil(60);
    let (count, one, other) = match (seconds, minutes) {
        (0..=90, _) => (seconds, time.second, time.seconds),
        (_, 0..=90) => (minutes, time.minute, time.minutes),
        _ => (minutes.div_ceil(60), time.hour, time.hours),
    };
    plural(usize::try_from(count).unwrap_or(usize::MAX), one, other)
}

/// For example `29 d 23 h 59 min 58 s`, rounded up to the second, so that `0 s` means expired. In the symbols of the units,
/// which all languages share.
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
    fn a_time_to_wait_is_rounded_up_to_one_unit() {
        let times = [1, 45, 91, 300, 301, 5400, 5401, 86400].map(about);
        let expected =
            ["1 second", "45 seconds", "2 minutes", "5 minutes", "6 minutes", "90 minutes", "2 hours", "24 hours"];
        assert_eq!(times, expected);
    }
}
