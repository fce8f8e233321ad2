//! A platform whose clock moves when it is told to.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
    time::Duration,
};

use futures::{channel::oneshot, executor::LocalSpawner, future::LocalBoxFuture, task::LocalSpawnExt};

use super::server::Server;
use crate::client::{
    platform::{Moment, NoAnswer, Platform},
    request::{Request, Response},
};

/// What a tab stands on.
pub(super) struct Fake {
    server: Rc<Server>,
    spawner: LocalSpawner,
    now: Cell<Duration>,
    sleepers: RefCell<Vec<(Duration, oneshot::Sender<()>)>>,
    offline: RefCell<Vec<oneshot::Sender<()>>>,
}

impl Fake {
    pub(super) fn new(server: Rc<Server>, spawner: LocalSpawner) -> Self {
        Self { server, spawner, now: Cell::default(), sleepers: RefCell::default(), offline: RefCell::default() }
    }

    /// Moves the clock to the next timer that somebody waits for, and wakes them. `false` if there is none by then:
    /// the clock stands at `until`.
    pub(super) fn wake_next(&self, until: Duration) -> bool {
        let mut sleepers = self.sleepers.borrow_mut();
        sleepers.retain(|(_, wake)| !wake.is_canceled());
        let next = sleepers.iter().map(|&(at, _)| at).min().filter(|&at| at <= until);
        self.now.set(next.unwrap_or(until));
        sleepers.retain(|&(at, _)| at > self.now.get());
        next.is_some()
    }

    /// Moves the clock without waking anybody, as when the machine sleeps.
    pub(super) fn skip(&self, time: Duration) {
        self.now.set(self.now.get() + time);
    }

    /// How long the tab has been open.
    pub(super) fn elapsed(&self) -> Duration {
        self.now.get()
    }

    /// Wakes everybody who waits for the network.
    pub(super) fn come_online(&self) {
        drop(self.offline.take());
    }
}

impl Platform for Fake {
    async fn send(&self, request: &Request, bearer: Option<&str>) -> Result<Response, NoAnswer> {
        self.server.serve(self.now.get(), request, bearer).await
    }

    fn now(&self) -> Moment {
        // The zero of a browser's clock is not the server's.
        Moment(Duration::from_secs(77) + self.now.get())
    }

    fn wall_clock(&self) -> f64 {
        self.now.get().as_secs_f64() * 1000.0
    }

    async fn sleep(&self, wait: Duration) {
        let (wake, woken) = oneshot::channel();
        self.sleepers.borrow_mut().push((self.now.get().saturating_add(wait), wake));
        // A waker that is dropped wakes as well.
        _ = woken.await;
    }

    async fn online(&self) {
        let (wake, woken) = oneshot::channel();
        self.offline.borrow_mut().push(wake);
        _ = woken.await;
    }

    fn chance(&self) -> f64 {
        0.0
    }

    fn spawn(&self, task: LocalBoxFuture<'static, ()>) {
        self.spawner.spawn_local(task).expect("the tab is open");
    }
}
