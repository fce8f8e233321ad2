//! What handlers ask of a request: its JSON, and where it comes from. Who sends it: [`super::caller`].

use std::net::{IpAddr, SocketAddr};

use axum::{
    RequestPartsExt,
    body::Bytes,
    extract::{
        ConnectInfo, FromRequest, FromRequestParts, OptionalFromRequest, Path, Request, rejection::BytesRejection,
    },
    http::{HeaderMap, StatusCode, header, request::Parts},
};
use doorward_api::FieldErrors;
use ipnet::IpNet;
use serde::de::DeserializeOwned;

use crate::{
    http::error::Error,
    model::{audit::Actor, device::Device, session::SessionId},
    state::AppState,
};

/// A JSON object in the body. Wrong types are malformed, unknown fields are invalid input: nothing is ignored (O1).
pub struct Json<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Json<T> {
    type Rejection = Error;

    async fn from_request(request: Request, state: &S) -> Result<Self, Error> {
        Self::read(&body(request, state).await?)
    }
}

/// No body is none; one that is there is held to the same.
impl<T: DeserializeOwned, S: Send + Sync> OptionalFromRequest<S> for Json<T> {
    type Rejection = Error;

    async fn from_request(request: Request, state: &S) -> Result<Option<Self>, Error> {
        let body = body(request, state).await?;
        if body.is_empty() { Ok(None) } else { Self::read(&body).map(Some) }
    }
}

async fn body<S: Send + Sync>(request: Request, state: &S) -> Result<Bytes, Error> {
    Bytes::from_request(request, state).await.map_err(|rejection| match rejection {
        BytesRejection::FailedToBufferBody(error) if error.status() == StatusCode::PAYLOAD_TOO_LARGE => Error::TooLarge,
        _ => Error::MalformedRequest("The body did not arrive whole.".into()),
    })
}

impl<T: DeserializeOwned> Json<T> {
    fn read(body: &[u8]) -> Result<Self, Error> {
        // serde would fill a struct from a JSON array, by position.
        if body.trim_ascii_start().first() != Some(&b'{') {
            return Err(Error::MalformedRequest("The body is not a JSON object.".into()));
        }

        let mut unknown = FieldErrors::default();
        let mut json = serde_json::Deserializer::from_slice(body);
        let value = serde_ignored::deserialize(&mut json, |field| {
            unknown.insert(field.to_string(), "This field is not known here.".into());
        });
        match value.and_then(|value| json.end().map(|()| value)) {
            Ok(value) if unknown.is_empty() => Ok(Self(value)),
            Ok(_) => Err(Error::InvalidInput(unknown)),
            // The position helps; the text may hold what was sent.
            Err(error) => {
                let what = if error.is_data() { "Not of the expected types" } else { "Not JSON" };
                Err(Error::MalformedRequest(
                    format!("{what} at line {}, column {}.", error.line(), error.column()).into(),
                ))
            }
        }
    }
}

/// The session that the path names. What cannot be an id names nothing.
pub struct SessionPath(pub SessionId);

impl FromRequestParts<AppState> for SessionPath {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &AppState) -> Result<Self, Error> {
        let path: Path<String> = parts.extract().await.map_err(|_| Error::NotFound)?;
        SessionId::parse(&path).map(Self).ok_or(Error::NotFound)
    }
}

/// Where a request comes from, and on what device.
pub struct Client {
    /// The client's address, told by the connection or by a proxy that is trusted (R21).
    pub address: IpAddr,
    /// The client's device.
    pub device: Device,
}

impl Client {
    /// This client as the one who does something.
    pub fn actor(&self) -> Actor {
        Actor::User { ip: self.address.to_string(), device: self.device.clone() }
    }
}

impl FromRequestParts<AppState> for Client {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &AppState) -> Result<Self, Error> {
        let ConnectInfo(peer): ConnectInfo<SocketAddr> = parts.extract().await.map_err(|_| Error::Internal)?;
        let user_agent = parts.headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok());
        Ok(Self {
            address: client_address(peer.ip(), &parts.headers, &app.config.trusted_proxies),
            device: Device::from_user_agent(user_agent.unwrap_or_default()),
        })
    }
}

/// The last address of `X-Forwarded-For` that no trusted proxy has, read from the right: what stands further left
/// was written by whoever sent the request.
fn client_address(peer: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) -> IpAddr {
    let is_trusted = |address: &IpAddr| trusted.iter().any(|network| network.contains(address));
    let lines = headers.get_all("x-forwarded-for").iter().rev();
    let forwarded = lines.flat_map(|line| line.to_str().unwrap_or_default().rsplit(','));

    let mut address = peer.to_canonical();
    for hop in forwarded {
        if !is_trusted(&address) {
            break;
        }
        let hop = hop.trim();
        // Some proxies add the port.
        let hop = hop.parse::<IpAddr>().or_else(|_| hop.parse::<SocketAddr>().map(|hop| hop.ip()));
        match hop {
            Ok(hop) => address = hop.to_canonical(),
            Err(_) => break,
        }
    }
    address
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderMap, HeaderValue};

    use super::client_address;

    fn told_by(peer: &str, forwarded: &[&str], trusted: &[&str]) -> String {
        let mut headers = HeaderMap::new();
        for line in forwarded {
            headers.append("x-forwarded-for", HeaderValue::from_str(line).expect("a header"));
        }
        let trusted: Vec<_> = trusted.iter().map(|net| net.parse().expect("a network")).collect();
        client_address(peer.parse().expect("an address"), &headers, &trusted).to_string()
    }

    #[test]
    fn r21_a_stranger_cannot_choose_their_address() {
        assert_eq!(told_by("203.0.113.9", &["10.9.9.9"], &[]), "203.0.113.9");
        assert_eq!(told_by("203.0.113.9", &["10.9.9.9"], &["10.0.0.0/8"]), "203.0.113.9");
        assert_eq!(told_by("10.0.0.1", &["1.1.1.1, 203.0.113.9"], &["10.0.0.0/8"]), "203.0.113.9");
        assert_eq!(told_by("10.0.0.1", &["1.1.1.1", "203.0.113.9, 10.0.0.2"], &["10.0.0.0/8"]), "203.0.113.9");
        assert_eq!(told_by("10.0.0.1", &["203.0.113.9:4711"], &["10.0.0.0/8"]), "203.0.113.9");
        assert_eq!(told_by("10.0.0.1", &["[2001:db8::1]:4711"], &["10.0.0.0/8"]), "2001:db8::1");
        assert_eq!(told_by("10.0.0.1", &["nonsense"], &["10.0.0.0/8"]), "10.0.0.1");
        assert_eq!(told_by("::ffff:10.0.0.1", &["203.0.113.9"], &["10.0.0.0/8"]), "203.0.113.9");
    }
}
