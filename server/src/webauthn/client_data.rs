//! The client data: what the browser says of the ceremony, in JSON.

use serde::{Deserialize, Deserializer, de::IgnoredAny};

use super::{error::CeremonyError, relying_party::RelyingParty};

/// Browsers write about 200 bytes.
const MAX_BYTES: usize = 4096;

/// `CollectedClientData`. A member that is there twice is an error of the parser; members that it does not name do not matter.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ClientData {
    #[serde(rename = "type")]
    ceremony: String,
    challenge: String,
    origin: String,
    #[serde(default)]
    cross_origin: bool,
    #[serde(default, deserialize_with = "is_present")]
    top_origin: bool,
}

/// Its value does not matter.
fn is_present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    IgnoredAny::deserialize(deserializer).map(|_| true)
}

fn parse(json: &[u8]) -> Result<ClientData, CeremonyError> {
    if json.len() > MAX_BYTES {
        return Err(CeremonyError::TooLong);
    }
    // The specification decodes the text as browsers do, which ignore the mark.
    let json = json.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(json);
    // serde would fill the struct from a list, by position.
    let is_object = json.trim_ascii_start().starts_with(b"{");
    is_object.then(|| serde_json::from_slice(json).ok()).flatten().ok_or(CeremonyError::ClientData)
}

impl RelyingParty {
    /// The challenge that client data claim to answer, to find it before they are checked.
    pub fn challenge_in(client_data: &[u8]) -> Option<String> {
        parse(client_data).ok().map(|data| data.challenge)
    }

    /// The steps that both ceremonies begin with.
    pub(super) fn check_client_data(&self, json: &[u8], ceremony: &str, challenge: &str) -> Result<(), CeremonyError> {
        // 7.1 steps 5, 6; 7.2 steps 8, 9.
        let data = parse(json)?;
        // 7.1 step 7; 7.2 step 10.
        if data.ceremony != ceremony {
            return Err(CeremonyError::Type);
        }
        // 7.1 step 8; 7.2 step 11. As text: padding is an error.
        if data.challenge != challenge {
            return Err(CeremonyError::Challenge);
        }
        // 7.1 step 9; 7.2 step 12.
        if data.origin != self.origin {
            return Err(CeremonyError::Origin);
        }
        // 7.1 steps 10, 11; 7.2 steps 13, 14. No page of ours is meant for frames.
        if data.cross_origin || data.top_origin {
            return Err(CeremonyError::CrossOrigin);
        }
        Ok(())
    }
}
