//! What the core needs of the world around it. The browser is one such world, the tests have another.

use std::{
    ops::{Add, Sub},
    pin::pin,
    time::Duration,
};

use futures::{
    future::{Either, LocalBoxFuture, select},
    stream::LocalBoxStream,
};

use super::{
    pass::Proof,
    request::{Request, Response},
};

/// A point on a clock that cannot be set. Its zero means nothing.
#[derive(Clone, Copy, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
pub(super) struct Moment(pub(super) Duration);

impl Moment {
    pub(super) fn earlier_by(self, time: Duration) -> Self {
        Self(self.0.saturating_sub(time))
    }
}

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

/// The two clocks of a device, read together.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Clocks {
    /// Goes on evenly and cannot be set. In some browsers it stands still while the machine sleeps.
    pub(super) steady: Moment,
    /// The device's time of day, in milliseconds of the Unix epoch. Somebody may set it, to anything.
    pub(super) wall: f64,
}

impl Clocks {
    /// How long it is since `earlier`, as far as the steady clock knows.
    pub(super) fn since(self, earlier: Self) -> Duration {
        self.steady - earlier.steady
    }

    /// How long it may be since `earlier`, if the time of day is right and the machine has slept. Time that goes
    /// backwards counts as none.
    pub(super) fn perhaps_since(self, earlier: Self) -> Duration {
        Duration::try_from_secs_f64((self.wall - earlier.wall) / 1000.0).unwrap_or_default().max(self.since(earlier))
    }
}

/// The request got no answer.
#[derive(Clone, Copy, Debug)]
pub(super) struct NoAnswer;

/// An answer to a request for a stream.
pub(super) enum Opened {
    /// What the server goes on writing, piece by piece as it arrives, until it stops or the connection breaks. To drop it
    /// is to close it.
    Stream(LocalBoxStream<'static, Vec<u8>>),
    /// The server has something else to say.
    Answer(Response),
}

/// What comes of `work`; `None` if it takes longer than `patience`.
pub(super) async fn within<T>(
    platform: &impl Platform,
    patience: Duration,
    work: impl Future<Output = T>,
) -> Option<T> {
    match select(pin!(work), pin!(platform.sleep(patience))).await {
        Either::Left((done, _)) => Some(done),
        Either::Right(((), _)) => None,
    }
}

/// What one tab of a browser does at a time.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Turn {
    /// Asking for a newer token.
    Refresh,
    /// A request whose answer sets or clears the cookie: two of them under way could cross.
    Cookie,
    /// Waiting to hear of the end of the session: a browser has few connections to one server.
    Events,
}

impl Turn {
    /// What tabs call it among each other.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Refresh => "refresh",
            Self::Cookie => "cookie",
            Self::Events => "events",
        }
    }

    /// The turn of this name.
    pub(super) fn from_name(name: &str) -> Option<Self> {
        [Self::Refresh, Self::Cookie, Self::Events].into_iter().find(|turn| turn.name() == name)
    }
}

/// A transport, the clocks, a timer, chance, a place where tasks run, and the other tabs.
pub(super) trait Platform: 'static {
    /// A lock that no other tab has, until it is dropped. The browser takes it back from a tab that is closed or
    /// crashes.
    type Lock: 'static;

    /// Sends the request to the origin of the page and nowhere else.
    async fn send(&self, request: &Request, proof: Option<&Proof>) -> Result<Response, NoAnswer>;

    /// Opens a stream at the origin of the page.
    async fn open(&self, request: &Request, proof: &Proof) -> Result<Opened, NoAnswer>;

    /// Now.
    fn now(&self) -> Clocks;

    /// Waits. A long wait may end early, never late by design.
    async fn sleep(&self, wait: Duration);

    /// A number from 0 up to 1.
    fn chance(&self) -> f64;

    /// Runs a task to its end, whoever else loses interest in it.
    fn spawn(&self, task: LocalBoxFuture<'static, ()>);

    /// The lock of this turn, if no tab has it.
    async fn try_lock(&self, turn: Turn) -> Option<Self::Lock>;

    /// Waits for the lock of this turn, in line with the others.
    async fn lock(&self, turn: Turn) -> Self::Lock;

    /// Takes the lock of this turn from whoever has it, ahead of all who wait.
    async fn steal_lock(&self, turn: Turn) -> Self::Lock;

    /// Tells all other tabs.
    fn tell(&self, news: &str);
}
