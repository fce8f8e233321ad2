//! Server-side rendering: there is no browser and no session of one. No value of [`BrowserPlatform`] exists, so none can be
//! shared between users of a server by mistake.

use std::{convert::Infallible, time::Duration};

use futures::future::LocalBoxFuture;
use leptos::wasm_bindgen::JsValue;

use super::{Faults, LockName, NoResponse, PageEvent, Platform, StreamResponse};
use crate::{
    clock::Clocks,
    request::{Authorization, Request, Response},
};

/// The browser, which does not exist here.
pub(crate) enum BrowserPlatform {}

impl BrowserPlatform {
    /// The browser: none.
    pub(crate) fn new() -> Option<Self> {
        None
    }
}

/// A form with files, which does not exist here.
pub(crate) type FormData = Infallible;

/// The body of a request that sends a form.
pub(crate) fn form_body(form: FormData) -> JsValue {
    match form {}
}

impl Platform for BrowserPlatform {
    type Lock = Infallible;

    async fn send(&self, _: &Request, _: Option<&Authorization>) -> Result<Response, NoResponse> {
        match *self {}
    }

    async fn open(&self, _: &Request, _: &Authorization) -> Result<StreamResponse, NoResponse> {
        match *self {}
    }

    fn now(&self) -> Clocks {
        match *self {}
    }

    async fn sleep(&self, _: Duration) {
        match *self {}
    }

    fn random(&self) -> f64 {
        match *self {}
    }

    fn spawn(&self, _: LocalBoxFuture<'static, ()>) {
        match *self {}
    }

    async fn try_lock(&self, _: LockName) -> Option<Infallible> {
        match *self {}
    }

    async fn lock(&self, _: LockName) -> Infallible {
        match *self {}
    }

    async fn steal_lock(&self, _: LockName) -> Infallible {
        match *self {}
    }

    fn broadcast(&self, _: &str) {
        match *self {}
    }

    fn listen(&self, _: impl Fn(PageEvent) + 'static) {
        match *self {}
    }

    fn is_visible(&self) -> bool {
        match *self {}
    }

    fn faults(&self) -> &Faults {
        match *self {}
    }
}
