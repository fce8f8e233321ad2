//! Bodies of requests and responses, that record when they wait for the client and how much memory they hold.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use axum::{
    body::{Body, Bytes, HttpBody},
    http::Response,
};
use futures::FutureExt;
use hyper::body::{Frame, Incoming, SizeHint};

use super::{
    connection::{Connection, OpenRequest},
    counted::{self, Counted},
    limits::MIN_COUNTED_BYTES,
};

/// Maximum size of a frame in HTTP/2, so that the progress of a download is visible.
const FRAME_BYTES: usize = 16 * 1024;

pub struct RequestBody {
    incoming: Incoming,
    connection: Arc<Connection>,
    is_awaited: bool,
    /// Bytes received; the handler holds them until the body is complete.
    received: usize,
}

impl RequestBody {
    pub fn new(incoming: Incoming, connection: Arc<Connection>) -> Self {
        Self { incoming, connection, is_awaited: false, received: 0 }
    }

    fn set_awaited(&mut self, is_awaited: bool) {
        if self.is_awaited != is_awaited {
            self.is_awaited = is_awaited;
            self.connection.set_awaiting_body(is_awaited);
        }
    }
}

impl HttpBody for RequestBody {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let body = self.get_mut();
        let frame = Pin::new(&mut body.incoming).poll_frame(context);
        body.set_awaited(frame.is_pending());
        // Most bodies are complete with their first frame.
        if let Poll::Ready(Some(Ok(frame))) = &frame
            && let Some(bytes) = frame.data_ref()
            && !body.incoming.is_end_stream()
        {
            body.received += bytes.len();
            body.connection.hold_request(bytes.len());
        }
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.incoming.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.incoming.size_hint()
    }
}

impl Drop for RequestBody {
    fn drop(&mut self) {
        self.set_awaited(false);
        self.connection.release_request(self.received);
    }
}

pub struct ResponseBody {
    body: Body,
    /// Read from `body`, not yet sent.
    buffered: Bytes,
    request: OpenRequest,
    /// A frame waits until the client can receive it.
    is_stalled: bool,
}

impl ResponseBody {
    pub fn new(mut response: Response<Body>, request: OpenRequest) -> Response<Self> {
        counted::count_head(&mut response, &request);
        let (head, mut body) = response.into_parts();
        let is_large = body.size_hint().exact().is_some_and(|size| size >= MIN_COUNTED_BYTES as u64);
        let buffered = if is_large { take_ready(&mut body, request.connection()) } else { Bytes::new() };
        let mut body = Self { body, buffered, request, is_stalled: false };
        body.set_stalled(!body.is_end_stream());
        Response::from_parts(head, body)
    }

    fn set_stalled(&mut self, is_stalled: bool) {
        // In HTTP/1, `client_stream.rs` detects stalls.
        let connection = self.request.connection();
        if connection.is_http2() && self.is_stalled != is_stalled {
            self.is_stalled = is_stalled;
            connection.set_stalled_body(is_stalled);
        }
    }
}

/// The bytes of a body that is complete, counted until the last of them has been sent.
fn take_ready(body: &mut Body, connection: &Arc<Connection>) -> Bytes {
    let mut frame = std::future::poll_fn(|context| Pin::new(&mut *body).poll_frame(context));
    let Some(Some(Ok(frame))) = (&mut frame).now_or_never() else { return Bytes::new() };
    let bytes = frame.into_data().unwrap_or_default();
    // Static files and shared pages cost nothing more for another client.
    if !bytes.is_unique() {
        return bytes;
    }
    let size = bytes.len();
    Bytes::from_owner(Counted::new(bytes, size, connection.clone()))
}

impl HttpBody for ResponseBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let body = self.get_mut();
        let frame = if body.buffered.is_empty() {
            Pin::new(&mut body.body).poll_frame(context)
        } else {
            let limit = if body.request.connection().is_http2() { FRAME_BYTES } else { usize::MAX };
            let length = body.buffered.len().min(limit);
            Poll::Ready(Some(Ok(Frame::data(body.buffered.split_to(length)))))
        };
        // hyper polls again only after the client could receive the previous frame, and drops the body after the last one.
        body.request.connection().record_progress();
        body.set_stalled(matches!(&frame, Poll::Ready(Some(Ok(_)))));
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.buffered.is_empty() && self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        let rest = self.body.size_hint();
        let buffered = self.buffered.len() as u64;
        let mut hint = SizeHint::new();
        hint.set_lower(rest.lower() + buffered);
        if let Some(upper) = rest.upper() {
            hint.set_upper(upper + buffered);
        }
        hint
    }
}

impl Drop for ResponseBody {
    fn drop(&mut self) {
        self.set_stalled(false);
    }
}
