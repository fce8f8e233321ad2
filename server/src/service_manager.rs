//! Messages to systemd, if it has started this process with `Type=notify` or `Type=notify-reload`; otherwise nothing is
//! sent.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use sd_notify::NotifyState;

static IS_STOPPING: Mutex<bool> = Mutex::new(false);

/// The server accepts requests.
pub fn ready() {
    notify(&[NotifyState::Ready]);
}

/// The settings are read again, until [`ready`].
pub fn reloading() {
    match NotifyState::monotonic_usec_now() {
        Ok(time) => notify(&[NotifyState::Reloading, time]),
        Err(error) => tracing::warn!(%error, "systemd cannot be notified of a reload"),
    }
}

/// The last message: a reload that is still running does not take it back.
pub fn stopping() {
    let mut is_stopping = IS_STOPPING.lock().unwrap_or_else(PoisonError::into_inner);
    send(&[NotifyState::Stopping]);
    *is_stopping = true;
}

fn notify(state: &[NotifyState]) {
    let is_stopping = IS_STOPPING.lock().unwrap_or_else(PoisonError::into_inner);
    if !*is_stopping {
        send(state);
    }
}

fn send(state: &[NotifyState]) {
    if let Err(error) = sd_notify::notify(state) {
        tracing::warn!(%error, "systemd cannot be notified");
    }
}

/// Keeps systemd from restarting this process (`WatchdogSec=`) for as long as it is fed.
pub struct Watchdog {
    interval: Option<Duration>,
    fed_at: Option<Duration>,
}

impl Watchdog {
    pub fn of_environment() -> Self {
        Self { interval: sd_notify::watchdog_enabled().map(|timeout| timeout / 3), fed_at: None }
    }

    pub fn feed(&mut self, uptime: Duration) {
        let Some(interval) = self.interval else { return };
        if self.fed_at.is_none_or(|fed_at| uptime >= fed_at + interval) {
            notify(&[NotifyState::Watchdog]);
            self.fed_at = Some(uptime);
        }
    }
}
