//! Sends requests with credentials: refreshes a stale token first, retries once after a 401 from Doorward.
//!
//! ```text
//!   fresh ───────────▶ send ──▶ response
//!   stale ─▶ refresh ─▶ send
//!                        rejected ─▶ refresh ─▶ send ──▶ response, accepted or not
//! ```
//!
//! If the session is not renewable, the user logs in again; requests wait for that as they wait for a refresh.

use std::rc::Rc;

use crate::{
    Error,
    auth_client::AuthClient,
    platform::{NoResponse, Platform},
    refresher::RefreshReason,
    request::{Authorization, Rejection, Request, Response},
    state::{Available, Epoch},
    timeline::Decision,
};

/// Sends a request with a fresh authorization, and once more if that is rejected. The response belongs to the user who was
/// logged in when the request was made, or is discarded.
pub(crate) async fn send<P: Platform>(client: &Rc<AuthClient<P>>, request: &Request) -> Result<Response, Error> {
    let AuthClient { session, refresher, .. } = &**client;
    session.tick();
    let epoch = await_reauth(client, session.epoch()).await?;
    let authorization = refresher.fresh_authorization(epoch, RefreshReason::Request).await?;
    session.record(|| Decision::Sent { request: request.name() });
    let (response, rejection) = attempt(client, epoch, request, &authorization).await?;
    let Some(rejection) = rejection else { return Ok(response) };
    if !request.is_replayable() {
        refresher.replace_later(epoch, authorization, rejection);
        return Ok(response);
    }
    if !refresher.replace(epoch, &authorization, &rejection, RefreshReason::Request).await? {
        return Ok(response);
    }
    let epoch = await_reauth(client, epoch).await?;
    let Available::Authorization(authorization, _) = session.available() else { return Ok(response) };
    session.record(|| Decision::Retried { request: request.name() });
    let (response, rejection) = attempt(client, epoch, request, &authorization).await?;
    if rejection.is_some() {
        refresher.on_retry_rejected();
    }
    Ok(response)
}

/// Sends a request once, and updates session and retry guard from the response.
async fn attempt<P: Platform>(
    client: &Rc<AuthClient<P>>,
    epoch: Epoch,
    request: &Request,
    authorization: &Authorization,
) -> Result<(Response, Option<Rejection>), Error> {
    let AuthClient { session, refresher, platform, .. } = &**client;
    let response = platform.send(request, Some(authorization)).await;
    let continues = session.ensure_continues(epoch);
    session.record(|| match continues {
        Ok(()) => {
            let status = response.as_ref().ok().map(|response| response.status);
            Decision::Answered { request: request.name(), status }
        }
        Err(_) => Decision::Discarded { request: request.name() },
    });
    continues?;
    let rejection = response.as_ref().ok().and_then(|response| authorization.rejection(response));
    // If the user has logged in again in the meantime, ignore the end of the old session.
    if let Some(Rejection::SessionEnded(end)) = &rejection
        && session.ensure_current(epoch).is_ok()
    {
        let error = client.on_session_ended(epoch, end.clone());
        if !session.requires_reauth() {
            return Err(error);
        }
    }
    let response = response.map_err(|NoResponse| Error::Unreachable)?;
    refresher.on_response(authorization, rejection.is_some());
    Ok((response, rejection))
}

/// Waits while the session requires reauthentication. Returns the current epoch, if it belongs to the same user.
async fn await_reauth<P: Platform>(client: &AuthClient<P>, epoch: Epoch) -> Result<Epoch, Error> {
    let session = &client.session;
    while session.requires_reauth() {
        session.ensure_continues(epoch)?;
        session.changed.notified().await;
    }
    session.ensure_continues(epoch).map(|()| session.epoch())
}
