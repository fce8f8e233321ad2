//! Where there is no browser there is no session: no value of [`Platform`] exists, so none can be shared between users
//! of a server by mistake.

use std::{convert::Infallible, rc::Rc, time::Duration};

use futures::future::LocalBoxFuture;
use leptos::wasm_bindgen::JsValue;

use super::{
    core::Core,
    faults::Faults,
    pass::Proof,
    platform::{Clocks, Moment, NoAnswer, Opened, Platform, Turn},
    request::{Request, Response},
};

/// The browser that is not here.
pub(super) type Here = Infallible;

impl Platform for Infallible {
    type Lock = Infallible;

    async fn send(&self, _: &Request, _: Option<&Proof>) -> Result<Response, NoAnswer> {
        match *self {}
    }

    async fn open(&self, _: &Request, _: &Proof) -> Result<Opened, NoAnswer> {
        match *self {}
    }

    fn now(&self) -> Clocks {
        match *self {}
    }

    async fn sleep(&self, _: Duration) {
        match *self {}
    }

    fn chance(&self) -> f64 {
        match *self {}
    }

    fn spawn(&self, _: LocalBoxFuture<'static, ()>) {
        match *self {}
    }

    async fn try_lock(&self, _: Turn) -> Option<Infallible> {
        match *self {}
    }

    async fn lock(&self, _: Turn) -> Infallible {
        match *self {}
    }

    async fn steal_lock(&self, _: Turn) -> Infallible {
        match *self {}
    }

    fn tell(&self, _: &str) {
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

/// A form with files: none.
pub(super) type FormData = Infallible;

/// What a request carries: never.
pub(super) fn into_body(form: FormData) -> JsValue {
    match form {}
}

/// Faults: none to be had.
pub(super) fn faults(_: impl FnOnce(&Faults, Moment)) {}
