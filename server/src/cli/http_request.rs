//! A GET request of a command that checks a server.

use http_body_util::{BodyExt, Empty, Limited};
use hyper::{Request, body::Bytes, client::conn::http1::handshake};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};

/// No response that is read is longer.
const MAX_BODY_BYTES: usize = 1024 * 1024;

pub(super) struct Response {
    pub status: u16,
    pub body: Bytes,
}

pub(super) async fn get(
    stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static,
    host: &str,
    path: &str,
) -> Result<Response, String> {
    let (mut sender, connection) = handshake(TokioIo::new(stream)).await.map_err(|error| error.to_string())?;
    // It ends with the response, or with the sender.
    let connection = tokio::spawn(connection);
    let request = Request::get(path).header("host", host).header("connection", "close").body(Empty::<Bytes>::new());
    let response =
        sender.send_request(request.map_err(|error| error.to_string())?).await.map_err(|error| error.to_string())?;
    let status = response.status().as_u16();
    let body = Limited::new(response.into_body(), MAX_BODY_BYTES)
        .collect()
        .await
        .map_err(|error| error.to_string())?
        .to_bytes();
    connection.abort();
    Ok(Response { status, body })
}
