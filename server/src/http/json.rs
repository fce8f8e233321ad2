//! JSON bodies of requests and responses.

use std::time::Duration;

use axum::{
    body::Bytes,
    extract::{FromRequest, OptionalFromRequest, Request, rejection::BytesRejection},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde::{Serialize, de::DeserializeOwned};
use tokio::time::timeout;

use crate::http::{
    error::Error,
    invalid_fields::{InvalidField, InvalidFields},
};

/// A JSON object. In a request, wrong types are a malformed request and unknown fields are invalid input: nothing is
/// silently ignored.
pub struct Json<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Json<T> {
    type Rejection = Error;

    async fn from_request(request: Request, state: &S) -> Result<Self, Error> {
        Self::parse(&body(request, state).await?)
    }
}

/// An empty body is `None`; any other is parsed as strictly as a required one.
impl<T: DeserializeOwned, S: Send + Sync> OptionalFromRequest<S> for Json<T> {
    type Rejection = Error;

    async fn from_request(request: Request, state: &S) -> Result<Option<Self>, Error> {
        let body = body(request, state).await?;
        if body.is_empty() { Ok(None) } else { Self::parse(&body).map(Some) }
    }
}

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        axum::Json(self.0).into_response()
    }
}

/// Maximum time for a client to send a body, which is small. Below the timeout of requests, which blames the server.
const BODY_TIMEOUT: Duration = Duration::from_secs(15);

pub(super) async fn body<S: Send + Sync>(request: Request, state: &S) -> Result<Bytes, Error> {
    let reading = timeout(BODY_TIMEOUT, Bytes::from_request(request, state));
    reading.await.map_err(|_| Error::RequestTimeout)?.map_err(|rejection| match rejection {
        BytesRejection::FailedToBufferBody(error) if error.status() == StatusCode::PAYLOAD_TOO_LARGE => Error::TooLarge,
        _ => Error::MalformedRequest("The body is incomplete.".into()),
    })
}

impl<T: DeserializeOwned> Json<T> {
    fn parse(body: &[u8]) -> Result<Self, Error> {
        // serde would fill a struct from a JSON array, by position.
        if body.trim_ascii_start().first() != Some(&b'{') {
            return Err(Error::MalformedRequest("The body is not a JSON object.".into()));
        }

        let mut unknown = InvalidFields::default();
        let mut json = serde_json::Deserializer::from_slice(body);
        let value = serde_ignored::deserialize(&mut json, |field| {
            unknown.insert(field.to_string(), InvalidField::Unknown);
        });
        match value.and_then(|value| json.end().map(|()| value)) {
            Ok(value) if unknown.is_empty() => Ok(Self(value)),
            Ok(_) => Err(Error::InvalidInput(unknown)),
            Err(error) => Err(malformed(&error)),
        }
    }
}

/// Gives the position, not serde's message: that may quote what was sent, for example a password.
fn malformed(error: &serde_json::Error) -> Error {
    let what = if error.is_data() { "Unexpected type" } else { "Invalid JSON" };
    Error::MalformedRequest(format!("{what} at line {}, column {}.", error.line(), error.column()).into())
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use axum::{
        body::{Body, Bytes},
        extract::{FromRequest, Request},
    };
    use futures::{StreamExt, stream};
    use serde_json::Value;

    use super::Json;
    use crate::http::error::Error;

    #[tokio::test(start_paused = true)]
    async fn a_body_that_does_not_arrive_in_time_is_the_clients_failure() {
        let begun = stream::once(async { Ok::<_, Infallible>(Bytes::from("{")) }).chain(stream::pending());
        let request = Request::new(Body::from_stream(begun));
        let read = Json::<Value>::from_request(request, &()).await;
        assert!(matches!(read, Err(Error::RequestTimeout)));
    }
}
