//! Passkeys: what the browser does with them, in `public/passkeys.js`, which `boot.js` loads when it is first called.

use futures::future::LocalBoxFuture;
use js_sys::{Array, Function, Promise, Reflect};
use leptos::{
    prelude::*,
    task::spawn_local,
    wasm_bindgen::{JsCast, JsValue},
};
use wasm_bindgen_futures::JsFuture;

use crate::{messages::messages, page_data::PageData};
use doorward::{Error, SessionHandle};
use doorward_api::{ChallengePurpose, PasskeyAssertion, Problem};

/// What a function of `passkeys.js` returns: texts, or the name of an error.
pub(crate) type Answer = Result<Vec<String>, String>;

/// Why a passkey was not used: an error, or none if the user declined.
pub(crate) type Failure = Option<Error>;

/// Whether the server has passkeys, and the browser.
pub(crate) fn is_supported() -> bool {
    is_browser() && PageData::current().has_passkeys && function().is_some()
}

fn function() -> Option<Function> {
    Reflect::get(&window(), &"passkeys".into()).ok()?.dyn_into().ok()
}

/// Calls a function of `passkeys.js`.
pub(crate) fn call(name: &'static str, options: String) -> LocalBoxFuture<'static, Answer> {
    Box::pin(async move {
        let promise = function().and_then(|function| {
            function.call2(&JsValue::UNDEFINED, &name.into(), &options.into()).ok()?.dyn_into::<Promise>().ok()
        });
        let Some(promise) = promise else { return Err(String::new()) };
        let answer = JsFuture::from(promise).await.map_err(|_| String::new())?;
        let texts: Array = answer.dyn_into().map_err(|name| name.as_string().unwrap_or_default())?;
        Ok(texts.iter().filter_map(|text| text.as_string()).collect())
    })
}

/// Calls a function whose result does not matter.
pub(crate) fn notify(name: &'static str) {
    spawn_local(async move { drop(call(name, String::new()).await) });
}

/// What a ceremony that failed means for the user.
pub(crate) fn failure(name: &str) -> Failure {
    let text = match name {
        // Also after the browser's own time limit: it does not say which.
        "NotAllowedError" | "AbortError" => return None,
        "InvalidStateError" => messages().factors.passkey_exists,
        _ => messages().factors.passkey_failed,
    };
    Some(Error::Problem(Box::new(Problem { title: text.to_owned(), ..Problem::default() })))
}

/// The answer to a challenge, of a passkey that the user chooses.
pub(crate) async fn get(
    session: SessionHandle,
    purpose: ChallengePurpose,
    ticket: Option<String>,
) -> Result<PasskeyAssertion, Failure> {
    let options = session.challenge(purpose, ticket.as_deref()).await?;
    call("get", options).await.map(assertion).map_err(|name| failure(&name))
}

/// Reads the answer of an authenticator.
pub(crate) fn assertion(texts: Vec<String>) -> PasskeyAssertion {
    let mut texts = texts.into_iter();
    let mut text = || texts.next().unwrap_or_default();
    PasskeyAssertion {
        id: text(),
        client_data: text(),
        authenticator_data: text(),
        signature: text(),
        user_handle: Some(text()).filter(|handle| !handle.is_empty()),
    }
}

/// After a login and after changes: authenticators show which passkeys the account has, and its name. Where browsers do not pass
/// that on, nothing is requested.
pub(crate) fn sync(session: SessionHandle) {
    if !is_supported() {
        return;
    }
    spawn_local(async move {
        let features = call("features", String::new()).await.unwrap_or_default();
        if features.iter().any(|feature| feature == "signals")
            && let Ok(options) = session.challenge(ChallengePurpose::Passkey, None).await
        {
            drop(call("sync", options).await);
        }
    });
}
