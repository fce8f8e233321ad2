//! Sends requests with credentials: refreshes a stale token first, retries once after a 401 from Doorward.
//!
//! ```text
//!   fresh ───────────▶ send ──▶ response
//!   stale ─▶ refresh ─▶ send
//!                        rejected ─▶ refresh ─▶ send ──▶ response, accepted or not
//! ```
//!
//! If the session is not renewable, the user logs in again; requests wait for that as they wait for a refresh.
//!
//! A request that requires a recent proof of the user is rejected with `step_up_required`, before any effect and without an end
//! of the session:
//!
//! ```text
//!   rejected ─▶ refresh: another tab may have confirmed ─▶ send ─▶ rejected ─▶ ask the user ─▶ confirmed ─▶ send ──▶ response
//!                                                                                  └─▶ canceled ──▶ the rejection
//! ```

use std::rc::Rc;

use futures::future::LocalBoxFuture;

use crate::{
    Error,
    auth_client::AuthClient,
    clock::Clocks,
    current_session::AuthenticatedAt,
    platform::{NoResponse, Platform},
    refresher::RefreshReason,
    request::{Authorization, Rejection, Request, Response},
    state::{Available, Epoch},
    timeline::Decision,
};

/// A response, and what its request was sent with.
pub(crate) struct Sent {
    pub(crate) response: Response,
    pub(crate) epoch: Epoch,
    pub(crate) requested_at: Clocks,
    authorization: Authorization,
    authenticated_at: AuthenticatedAt,
}

/// Sends a request, and again when the user has confirmed what requires that. The response belongs to the user who was logged in when
/// the request was made, or is discarded.
pub(crate) async fn send<P: Platform>(client: &Rc<AuthClient<P>>, request: &Request) -> Result<Response, Error> {
    let epoch = client.session.epoch();
    let sent = send_authorized(client, epoch, request).await?;
    if request.is_replayable() && sent.response.requires_step_up() {
        return send_confirmed(client, epoch, request, sent).await;
    }
    Ok(sent.response)
}

/// Sends a request again that was rejected because the user's proof is too old.
async fn send_confirmed<P: Platform>(
    client: &Rc<AuthClient<P>>,
    epoch: Epoch,
    request: &Request,
    mut rejected: Sent,
) -> Result<Response, Error> {
    // If others wait already, a refresh has found nothing newer.
    if !client.step_up.is_requested() && client.refresher.renew(epoch, &rejected.authorization).await? {
        rejected = send_authorized(client, epoch, request).await?;
        if !rejected.response.requires_step_up() {
            return Ok(rejected.response);
        }
    }
    if !client.step_up.confirmed(epoch, &rejected.authenticated_at).await? {
        return Ok(rejected.response);
    }
    Ok(send_authorized(client, epoch, request).await?.response)
}

/// Sends a request of this epoch with a fresh authorization, and once more if that is rejected. Boxed: one copy of the code for
/// all steps.
pub(crate) fn send_authorized<'a, P: Platform>(
    client: &'a Rc<AuthClient<P>>,
    epoch: Epoch,
    request: &'a Request,
) -> LocalBoxFuture<'a, Result<Sent, Error>> {
    Box::pin(send_and_retry(client, epoch, request))
}

async fn send_and_retry<P: Platform>(
    client: &Rc<AuthClient<P>>,
    epoch: Epoch,
    request: &Request,
) -> Result<Sent, Error> {
    let AuthClient { session, refresher, .. } = &**client;
    session.tick();
    let epoch = await_reauth(client, epoch).await?;
    let authorization = refresher.fresh_authorization(epoch, RefreshReason::Request).await?;
    session.record(|| Decision::Sent { request: request.name() });
    let (sent, rejection) = attempt(client, epoch, request, authorization).await?;
    let Some(rejection) = rejection else { return Ok(sent) };
    if !request.is_replayable() {
        refresher.replace_later(epoch, sent.authorization.clone(), rejection);
        return Ok(sent);
    }
    if !refresher.replace(epoch, &sent.authorization, &rejection, RefreshReason::Request).await? {
        return Ok(sent);
    }
    let epoch = await_reauth(client, epoch).await?;
    let Available::Authorization(authorization, _) = session.available() else { return Ok(sent) };
    session.record(|| Decision::Retried { request: request.name() });
    let (sent, rejection) = attempt(client, epoch, request, authorization).await?;
    if rejection.is_some() {
        refresher.on_retry_rejected();
    }
    Ok(sent)
}

/// Sends a request once, and updates session and retry guard from the response.
async fn attempt<P: Platform>(
    client: &Rc<AuthClient<P>>,
    epoch: Epoch,
    request: &Request,
    authorization: Authorization,
) -> Result<(Sent, Option<Rejection>), Error> {
    let AuthClient { session, refresher, platform, .. } = &**client;
    let (requested_at, authenticated_at) = (platform.now(), session.authenticated_at());
    let response = platform.send(request, Some(&authorization)).await;
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
    refresher.on_response(&authorization, rejection.is_some());
    Ok((Sent { response, epoch, requested_at, authorization, authenticated_at }, rejection))
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
