//! Passkeys: what the browser does with them, in `public/passkeys.js`, which `boot.js` loads when it is first called.

use futures::future::LocalBoxFuture;
use js_sys::{Array, Function, Promise, Reflect};
use leptos::{
    prelude::*,
    task::spawn_local,
    wasm_bindgen::{JsCast, JsValue},
};
use wasm_bindgen_futures::JsFuture;

use crate::messages::messages;
use doorward::{Error, SessionHandle};
use doorward_api::{ChallengePurpose, ErrorCode, PasskeyAssertion, Problem};

/// What a function of `passkeys.js` returns: texts, or the name of an error.
pub(crate) type Answer = Result<Vec<String>, String>;

/// Why a passkey was not used: an error, or none if the user declined.
pub(crate) type Failure = Option<Error>;

/// Whether the server has passkeys, and the browser. Also outside of components: `is_browser` is true there on the server, too.
pub(crate) fn is_supported() -> bool {
    cfg!(target_arch = "wasm32") && function().is_some()
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
        "NotAllowedError" | "AbortError" | "Again" => return None,
        "InvalidStateError" => messages().factors.passkey_exists,
        _ => messages().factors.passkey_failed,
    };
    Some(Error::Problem(Box::new(Problem { title: text.to_owned(), ..Problem::default() })))
}

/// Whether the browser has this feature of passkeys.
pub(crate) async fn has(feature: &str) -> bool {
    call("features", String::new()).await.is_ok_and(|features| features.iter().any(|one| one == feature))
}

/// The answer to a challenge, of a passkey that the user chooses.
pub(crate) async fn get(
    session: SessionHandle,
    purpose: ChallengePurpose,
    ticket: Option<&str>,
) -> Result<PasskeyAssertion, Failure> {
    let options = session.challenge(purpose, ticket).await?;
    use_one("get", options).await
}

/// The answer of an authenticator, at once or from the list at a field.
pub(crate) async fn use_one(function: &'static str, options: String) -> Result<PasskeyAssertion, Failure> {
    let mut texts = call(function, options).await.map_err(|name| failure(&name))?.into_iter();
    let mut text = || texts.next().unwrap_or_default();
    Ok(PasskeyAssertion {
        id: text(),
        client_data: text(),
        authenticator_data: text(),
        signature: text(),
        user_handle: Some(text()).filter(|handle| !handle.is_empty()),
    })
}

/// Makes the authenticator forget a passkey that the server does not have.
pub(crate) fn forget_unknown(reply: &Result<(), Error>) {
    if matches!(reply, Err(Error::Problem(problem)) if problem.code == ErrorCode::PasskeyUnknown) {
        notify("forget");
    }
}

/// After a login and after changes: authenticators show which passkeys the account has, and its name. Where browsers do not pass
/// that on, nothing is requested.
pub(crate) fn sync(session: SessionHandle) {
    if !is_supported() {
        return;
    }
    spawn_local(async move {
        if has("signals").await
            && let Ok(answer) = session.get::<()>("/api/account/passkeys").text().await
        {
            drop(call("sync", answer).await);
        }
    });
}
