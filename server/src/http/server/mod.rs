//! Serving connections: like `axum::serve`, but nothing that a client controls lasts or grows without a bound.
//!
//! `limits` has the bounds. Each connection records in `connection` what its client holds and when it last made progress:
//! `client_stream` for the socket, `bodies` for requests and responses. `connections` closes those that reach a bound.

mod bodies;
mod client_stream;
mod connection;
pub mod connections;
mod counted;
mod heads;
pub mod limits;
#[cfg(test)]
mod tests;

use std::{convert::Infallible, io, net::SocketAddr, pin::pin, time::Duration};

use axum::{
    Router,
    body::Body,
    extract::ConnectInfo,
    http::Request,
    response::{IntoResponse, Response},
};
use futures::future::Either;
use hyper::{body::Incoming, service::service_fn};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::conn::auto::Builder,
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::mpsc,
    time::sleep,
};
use tower::ServiceExt;

use self::{
    bodies::{RequestBody, ResponseBody},
    client_stream::ClientStream,
    connection::{OpenRequest, Order},
    connections::{Admitted, Connections},
    limits::{
        MAX_HEAD_BYTES, MAX_RESET_STREAMS, MAX_STREAMS, RECEIVE_WINDOW, SOCKET_SEND_BUFFER, STREAM_SEND_BUFFER,
        Timeouts,
    },
};
use super::{error::Error, response_headers::secure};
use crate::{clock::every, log_once::FailureLog};

/// Time before connections are accepted again after a failure, most likely too many open files.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Serves until `stop`, then finishes the running requests.
pub async fn serve(listener: TcpListener, router: Router, connections: Connections, stop: impl Future<Output = ()>) {
    if let Err(error) = configure(&listener, &connections.limits().timeouts) {
        tracing::warn!(%error, "setting socket options failed; clients that vanish hold their connections for longer");
    }
    let builder = builder(&connections.limits().timeouts);
    let mut tick = every(connections.limits().timeouts.tick);
    // Closed when the last connection has dropped its sender.
    let (running, mut ended) = mpsc::channel::<Infallible>(1);
    let mut failures = FailureLog::new("accepting connections");
    let mut stop = pin!(stop);
    loop {
        let (socket, peer) = tokio::select! {
            accepted = accept(&listener, &connections, &mut failures) => accepted,
            _ = tick.tick() => {
                connections.tick();
                continue;
            }
            () = &mut stop => break,
        };
        let Some(admitted) = connections.admit(peer.ip()) else { continue };
        let serving = serve_connection(builder.clone(), socket, peer, router.clone(), admitted);
        let running = running.clone();
        tokio::spawn(async move {
            serving.await;
            drop(running);
        });
    }
    // New connections are refused at once instead of waiting in the backlog.
    drop(listener);
    drop(running);
    connections.drain();
    ended.recv().await;
}

/// Accepted sockets inherit these options.
fn configure(listener: &TcpListener, timeouts: &Timeouts) -> io::Result<()> {
    use rustix::net::sockopt;
    sockopt::set_tcp_nodelay(listener, true)?;
    sockopt::set_socket_send_buffer_size(listener, SOCKET_SEND_BUFFER)?;
    // A client that has vanished acknowledges nothing: neither data, nor, on an idle connection, probes.
    sockopt::set_tcp_user_timeout(listener, u32::try_from(timeouts.stall.as_millis()).unwrap_or(u32::MAX))?;
    sockopt::set_socket_keepalive(listener, true)?;
    sockopt::set_tcp_keepidle(listener, timeouts.next_head)?;
    sockopt::set_tcp_keepintvl(listener, timeouts.stall / 3)?;
    Ok(())
}

fn builder(timeouts: &Timeouts) -> Builder<TokioExecutor> {
    let mut builder = Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(timeouts.next_head).max_buf_size(MAX_HEAD_BYTES);
    builder
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(timeouts.ping)
        .keep_alive_timeout(timeouts.ping)
        .max_header_list_size(u32::try_from(MAX_HEAD_BYTES).unwrap_or(u32::MAX))
        .max_concurrent_streams(MAX_STREAMS)
        .initial_stream_window_size(RECEIVE_WINDOW)
        .initial_connection_window_size(RECEIVE_WINDOW)
        .max_pending_accept_reset_streams(MAX_RESET_STREAMS)
        .max_local_error_reset_streams(MAX_RESET_STREAMS)
        .max_send_buf_size(STREAM_SEND_BUFFER);
    builder
}

async fn serve_connection(
    builder: Builder<TokioExecutor>,
    socket: TcpStream,
    peer: SocketAddr,
    router: Router,
    admitted: Admitted,
) {
    let stream = TokioIo::new(ClientStream::new(socket, admitted.connection().clone()));
    let service = service_fn(|request| respond(&router, &admitted, peer, request));
    let mut serving = pin!(builder.serve_connection(stream, service));
    loop {
        tokio::select! {
            _ = serving.as_mut() => return,
            order = admitted.connection().ordered() => match order {
                Order::Close => return,
                Order::Serve | Order::Drain => serving.as_mut().graceful_shutdown(),
            }
        }
    }
}

fn respond(
    router: &Router,
    admitted: &Admitted,
    peer: SocketAddr,
    request: Request<Incoming>,
) -> impl Future<Output = Result<Response<ResponseBody>, Infallible>> + use<> {
    let connection = admitted.connection();
    let open = connection.begin(&request);
    admitted.connections().enforce_budget();
    if admitted.connections().refuses(connection) {
        return Either::Left(std::future::ready(Ok(busy(open))));
    }
    let mut request = request.map(|incoming| Body::new(RequestBody::new(incoming, connection.clone())));
    request.extensions_mut().insert(ConnectInfo(peer));
    let connections = admitted.connections().clone();
    let handling = router.clone().oneshot(request);
    Either::Right(async move {
        // HTTP/2 accepts all requests on a connection before the first of them is handled.
        if open.connection().is_closing() {
            return Ok(busy(open));
        }
        let response = handling.await.map(|response| ResponseBody::new(response, open));
        connections.enforce_budget();
        response
    })
}

/// The client has not received enough of its previous responses.
fn busy(request: OpenRequest) -> Response<ResponseBody> {
    let mut response = Error::Busy.into_response();
    secure(&mut response, false);
    ResponseBody::new(response, request)
}

async fn accept(
    listener: &TcpListener,
    connections: &Connections,
    failures: &mut FailureLog,
) -> (TcpStream, SocketAddr) {
    loop {
        match listener.accept().await {
            Ok(accepted) => {
                failures.record(&Ok::<_, io::Error>(()));
                return accepted;
            }
            Err(error) if is_connection_error(&error) => {}
            Err(error) => {
                failures.record(&Err(error));
                connections.make_room();
                sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

/// Whether the error concerns this connection only.
fn is_connection_error(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}
