//! What the core needs of the world around it. The browser is one such world, the tests have another.

use std::{
    ops::{Add, Sub},
    time::Duration,
};

use futures::future::LocalBoxFuture;

use super::request::{Request, Response};

/// A point on a clock that never goes back. Its zero means nothing.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) struct Moment(pub(super) Duration);

impl Add<Duration> for Moment {
    type Output = Self;

    fn add(self, later: Duration) -> Self {
        Self(self.0.saturating_add(later))
    }
}

impl Sub for Moment {
    type Output = Duration;

    fn sub(self, earlier: Self) -> Duration {
        self.0.saturating_sub(earlier.0)
    }
}

/// The request got no answer.
#[derive(Clone, Copy, Debug)]
pub(super) struct NoAnswer;

/// A transport, a clock, a timer, chance, and a place where tasks run.
pub(super) trait Platform: 'static {
    /// Sends the request to the origin of the page and nowhere else.
    async fn send(&self, request: &Request, bearer: Option<&str>) -> Result<Response, NoAnswer>;

    /// Now.
    fn now(&self) -> Moment;

    /// Now in milliseconds of the Unix epoch, as the device believes it to be: for display only.
    fn wall_clock(&self) -> f64;

    /// Waits. A long wait may end early, never late by design.
    async fn sleep(&self, wait: Duration);

    /// Waits until the browser says that it is online again.
    async fn online(&self);

    /// A number from 0 up to 1.
    fn chance(&self) -> f64;

    /// Runs a task to its end, whoever else loses interest in it.
    fn spawn(&self, task: LocalBoxFuture<'static, ()>);
}
