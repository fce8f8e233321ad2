//! Leptos server functions, under the same rules as everything else below `/api`.
//!
//! Not through `leptos_axum::handle_server_fns`, which ignores unknown fields, turns every error into a 500 and redirects
//! clients that accept HTML to the referring page.

use std::sync::{Arc, Mutex, PoisonError};

use app::{
    Language,
    caller::{self, BoxFuture, CallerContext},
};
use axum::extract::State;
use leptos::{
    prelude::{Owner, provide_context},
    reactive::computed::ScopedFuture,
    server_fn::ServerFn,
};
use serde::{Serialize, de::DeserializeOwned};

use super::{account, caller::Caller, client_info::ClientInfo, json::Json};
use crate::{http::error::Error, state::AppState};

/// Runs the server function `F`. Authorization is up to the function, which finds the caller in its context.
pub async fn call<F>(
    State(app): State<AppState>,
    client: ClientInfo,
    caller: Result<Caller, Error>,
    Json(call): Json<F>,
) -> Result<Json<F::Output>, Error>
where
    F: ServerFn<Error = doorward::Error, Output: Serialize> + DeserializeOwned,
{
    let last_error = LastError::default();
    let caller: Result<Arc<dyn caller::ServerFnCaller>, _> = match caller {
        Ok(caller) => Ok(Arc::new(AuthenticatedCaller { app, client, caller, last_error: last_error.clone() })),
        Err(error) => Err(last_error.set(error)),
    };
    let output = Owner::new().with(|| {
        provide_context(CallerContext(caller));
        ScopedFuture::new(call.run_body())
    });
    output.await.map(Json).map_err(|_| last_error.take().unwrap_or(Error::Internal))
}

struct AuthenticatedCaller {
    app: AppState,
    client: ClientInfo,
    caller: Caller,
    last_error: LastError,
}

impl caller::ServerFnCaller for AuthenticatedCaller {
    fn change_name(&self, name: String) -> BoxFuture<'_, Result<(), doorward::Error>> {
        Box::pin(async move {
            let changed = account::change_name(&self.app, &self.client, &self.caller, &name).await;
            changed.map_err(|error| self.last_error.set(error))
        })
    }
}

/// The error behind the problem that is returned to the server function: the response needs its status and headers.
#[derive(Clone, Default)]
struct LastError(Arc<Mutex<Option<Error>>>);

impl LastError {
    fn set(&self, error: Error) -> doorward::Error {
        // In the default language: the client gets the problem of the error itself.
        let problem = doorward::Error::Problem(Box::new(error.problem(Language::default())));
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
        problem
    }

    fn take(&self) -> Option<Error> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}
