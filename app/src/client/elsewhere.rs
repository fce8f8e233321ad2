//! Where there is no browser there is no session: no value of [`Platform`] exists, so none can be shared between users
//! of a server by mistake.

use std::{convert::Infallible, rc::Rc, time::Duration};

use futures::future::LocalBoxFuture;

use super::{
    core::Core,
    platform::{Moment, NoAnswer, Platform},
    request::{Request, Response},
};

/// The browser that is not here.
pub(super) type Here = Infallible;

impl Platform for Infallible {
    async fn send(&self, _: &Request, _: Option<&str>) -> Result<Response, NoAnswer> {
        match *self {}
    }

    fn now(&self) -> Moment {
        match *self {}
    }

    fn wall_clock(&self) -> f64 {
        match *self {}
    }

    async fn sleep(&self, _: Duration) {
        match *self {}
    }

    async fn online(&self) {
        match *self {}
    }

    fn chance(&self) -> f64 {
        match *self {}
    }

    fn spawn(&self, _: LocalBoxFuture<'static, ()>) {
        match *self {}
    }
}

/// The session of this browser: none.
pub(super) fn core() -> Option<Rc<Core<Here>>> {
    None
}

/// Opens the session of this browser: none.
pub(super) fn open(may_be_logged_in: bool) -> Option<Rc<Core<Here>>> {
    let here: Option<Here> = None;
    here.map(|here| Core::new(here, may_be_logged_in))
}
