//! Messages about the expiry of a session that cannot be renewed.

use std::time::Duration;

use super::{
    catalog::messages,
    messages,
    text::fill,
    time::{about, duration},
};

messages! {
    Reauth {
        warning_label,
        expires_in,
        expires_soon,
        log_in_again,
        has_ended,
        to_continue,
        new_session,
        leave,
        not_now,
        confirm_title,
        confirm_description,
        confirm_second_step,
        confirm,
        wrong_password,
    }
}

/// The visible warning, updated every second.
pub(crate) fn expires_in(seconds: u64) -> String {
    fill(messages().reauth.expires_in, &[("time", &duration(Duration::from_secs(seconds)))])
}

/// The announcement for screen readers. It changes only a few times, starting `lead_time` seconds before the expiry.
pub(crate) fn expires_soon(seconds: u64, lead_time: u64) -> String {
    let threshold = [30, 60, 120].into_iter().find(|threshold| seconds <= *threshold);
    let time = about(threshold.map_or(lead_time, |threshold| threshold.min(lead_time)));
    fill(messages().reauth.expires_soon, &[("time", &time)])
}

/// The title of the dialog.
pub(crate) fn reauth_title(is_expired: bool) -> &'static str {
    let reauth = &messages().reauth;
    if is_expired { reauth.has_ended } else { reauth.log_in_again }
}

/// The description in the dialog.
pub(crate) fn reauth_description(name: &str, is_expired: bool) -> String {
    let reauth = &messages().reauth;
    fill(if is_expired { reauth.to_continue } else { reauth.new_session }, &[("name", name)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn screen_readers_get_three_announcements_and_not_one_per_second() {
        let mut announcements: Vec<_> = (1..=120).rev().map(|left| expires_soon(left, 120)).collect();
        announcements.dedup();
        assert_eq!(announcements.len(), 3, "{announcements:?}");
        for (sentence, time) in announcements.iter().zip(["2 minutes", "60 seconds", "30 seconds"]) {
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
