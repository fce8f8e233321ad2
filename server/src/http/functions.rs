//! Leptos's server functions, called and answered like everything else under `/api`.
//!
//! Not through `leptos_axum::handle_server_fns`: that one ignores fields it does not know, makes a 500 of every error,
//! and sends whoever accepts HTML back to where they came from.

use std::sync::{Arc, Mutex, PoisonError};

use app::caller::{self, BoxFuture, CallerContext};
use axum::{Json as Answer, extract::State};
use leptos::{
    prelude::{Owner, provide_context},
    reactive::computed::ScopedFuture,
    server_fn::ServerFn,
};
use serde::{Serialize, de::DeserializeOwned};

use super::{
    account,
    caller::Caller,
    extract::{Client, Json},
};
use crate::{http::error::Error, state::AppState};

/// Runs the server function `F` for whoever calls it. The function itself asks who that is.
pub async fn call<F>(
    State(app): State<AppState>,
    client: Client,
    caller: Result<Caller, Error>,
    Json(call): Json<F>,
) -> Result<Answer<F::Output>, Error>
where
    F: ServerFn<Error = doorward::Error, Output: Serialize> + DeserializeOwned,
{
    let refusal = Refusal::default();
    let who: Result<Arc<dyn caller::ServerFnCaller>, _> = match caller {
        Ok(caller) => Ok(Arc::new(Present { app, client, caller, refusal: refusal.clone() })),
        Err(error) => Err(refusal.keep(error)),
    };
    let reply = Owner::new().with(|| {
        provide_context(CallerContext(who));
        ScopedFuture::new(call.run_body())
    });
    reply.await.map(Answer).map_err(|_| refusal.take().unwrap_or(Error::Internal))
}

/// A caller who has proved who they are.
struct Present {
    app: AppState,
    client: Client,
    caller: Caller,
    refusal: Refusal,
}

impl caller::ServerFnCaller for Present {
    fn change_name(&self, name: String) -> BoxFuture<'_, Result<(), doorward::Error>> {
        Box::pin(async move {
            let changed = account::change_name(&self.app, &self.client, &self.caller, &name).await;
            changed.map_err(|error| self.refusal.keep(error))
        })
    }
}

/// What was refused last. The function sees the problem; the answer needs the error, with its status and headers.
#[derive(Clone, Default)]
struct Refusal(Arc<Mutex<Option<Error>>>);

impl Refusal {
    fn keep(&self, error: Error) -> doorward::Error {
        let problem = doorward::Error::Problem(Box::new(error.problem()));
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
        problem
    }

    fn take(&self) -> Option<Error> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}
