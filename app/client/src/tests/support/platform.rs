//! The simulated platform of a tab.

use std::{cell::Cell, rc::Rc, time::Duration};

use futures::{
    StreamExt,
    future::{LocalBoxFuture, pending},
    stream::once,
};

use super::{
    browser::{Browser, Lock, TabLife},
    server::OK_BODY,
};
use crate::{
    clock::{Clocks, Moment},
    platform::{Faults, LockName, NoResponse, PageEvent, Platform, StreamResponse},
    request::{Authorization, Request, Response},
};

/// APIs that this browser lacks.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::tests) struct Missing {
    pub(in crate::tests) locks: bool,
    pub(in crate::tests) messages: bool,
}

/// The platform of one tab.
pub(in crate::tests) struct FakePlatform {
    browser: Rc<Browser>,
    life: Rc<TabLife>,
    pub(in crate::tests) random: Cell<f64>,
    pub(super) is_visible: Cell<bool>,
    pub(in crate::tests) missing: Cell<Missing>,
    faults: Faults,
}

impl FakePlatform {
    pub(in crate::tests) fn new(browser: Rc<Browser>, life: Rc<TabLife>) -> Self {
        Self {
            browser,
            life,
            random: Cell::default(),
            is_visible: Cell::default(),
            missing: Cell::default(),
            faults: Faults::default(),
        }
    }
}

impl Platform for FakePlatform {
    /// `None` if the browser lacks locks: such a lock excludes no other tab.
    type Lock = Option<Lock>;

    async fn send(&self, request: &Request, authorization: Option<&Authorization>) -> Result<Response, NoResponse> {
        self.browser.step().await;
        self.life.until_running().await;
        let outcome = self.browser.server.serve(self.browser.elapsed(), request, authorization).await;
        self.browser.step().await;
        // The browser stores the cookie even if the tab is frozen.
        let response = self.browser.server.deliver(outcome);
        self.life.until_running().await;
        response
    }

    async fn open(&self, request: &Request, authorization: &Authorization) -> Result<StreamResponse, NoResponse> {
        let response = self.send(request, Some(authorization)).await?;
        if response.status != 200 {
            return Ok(StreamResponse::Response(response));
        }
        if response.body != OK_BODY.as_bytes() {
            // A captive portal's page.
            return Ok(StreamResponse::Stream(once(async { response.body }).boxed_local()));
        }
        let pieces = self.browser.server.open_stream(authorization).with_keep_alive(Rc::clone(&self.browser));
        let life = Rc::clone(&self.life);
        let pieces = pieces.then(move |piece| {
            let life = Rc::clone(&life);
            async move {
                life.until_running().await;
                piece
            }
        });
        Ok(StreamResponse::Stream(pieces.boxed_local()))
    }

    fn now(&self) -> Clocks {
        let elapsed = self.browser.elapsed();
        Clocks {
            // The zero of a browser's clock is not that of the server.
            monotonic: Moment(Duration::from_hours(77_777) + elapsed),
            wall: elapsed.as_secs_f64() * 1000.0 + self.browser.wall_clock_ahead.get(),
        }
    }

    async fn sleep(&self, time: Duration) {
        self.browser.sleep(time).await;
        self.life.until_running().await;
    }

    fn random(&self) -> f64 {
        self.random.get()
    }

    fn spawn(&self, task: LocalBoxFuture<'static, ()>) {
        self.browser.spawn(task);
    }

    async fn try_lock(&self, name: LockName) -> Option<Option<Lock>> {
        self.life.until_running().await;
        if self.missing.get().locks {
            return Some(None);
        }
        self.browser.try_lock(name, &self.life).map(Some)
    }

    /// Waits forever if the browser lacks locks.
    async fn lock(&self, name: LockName) -> Option<Lock> {
        if self.missing.get().locks {
            return pending().await;
        }
        // A closed tab gets no lock.
        let Ok(lock) = self.browser.queue_up(name, &self.life).await else { return pending().await };
        self.life.until_running().await;
        Some(lock)
    }

    async fn steal_lock(&self, name: LockName) -> Option<Lock> {
        self.life.until_running().await;
        (!self.missing.get().locks).then(|| self.browser.steal(name, &self.life))
    }

    fn broadcast(&self, message: &str) {
        if !self.missing.get().messages {
            self.browser.broadcast(&self.life, message);
        }
    }

    /// Tests pass events to the client directly.
    fn listen(&self, _: impl Fn(PageEvent) + 'static) {}

    fn is_visible(&self) -> bool {
        self.is_visible.get()
    }

    fn faults(&self) -> &Faults {
        &self.faults
    }
}
