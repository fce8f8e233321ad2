//! Passkeys (WebAuthn) of an account.

use doorward_api as api;

use crate::{
    clock::Moment,
    model::{began_with::PasskeyId, challenge::ChallengeUse, display_name, provider, user::UserId},
    random,
};

/// More would be hard to oversee, for the user and in the list that a browser gets.
pub const MAX_PASSKEYS: usize = 20;

/// The specification's limit for the ID of a credential, in bytes.
pub const MAX_CREDENTIAL_ID_BYTES: usize = 1023;

const MAX_NAME_LENGTH: usize = 60;

impl PasskeyId {
    pub fn generate() -> Self {
        Self(random::id())
    }

    /// Rejects text that cannot be an ID before it reaches the database.
    pub fn parse(text: &str) -> Option<Self> {
        let is_plain = text.bytes().all(|byte| byte.is_ascii_alphanumeric());
        ((1..=64).contains(&text.len()) && is_plain).then(|| Self(text.to_owned()))
    }
}

/// The user's name for a passkey: 1 to 60 characters on one line.
#[derive(Clone, Debug, Eq, PartialEq, sqlx::Type)]
#[sqlx(transparent)]
pub struct PasskeyName(String);

impl From<String> for PasskeyName {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl PasskeyName {
    /// Parses a name as typed; surrounding space is removed.
    pub fn parse(text: &str) -> Option<Self> {
        display_name::parse(text).filter(|name| name.chars().count() <= MAX_NAME_LENGTH).map(Self)
    }

    /// The name of the provider, with a number if the user has one of that name.
    pub fn of_provider(aaguid: [u8; 16], taken: &[Self]) -> Self {
        let provider = provider::name(aaguid).unwrap_or("Passkey");
        let numbered = (2..).map(|number| format!("{provider} {number}"));
        let mut names = std::iter::once(provider.to_owned()).chain(numbered).map(Self);
        names.find(|name| !taken.contains(name)).unwrap_or_else(|| Self(provider.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A passkey as it is stored.
#[derive(Clone, Debug)]
pub struct Passkey {
    pub id: PasskeyId,
    /// Chosen by the authenticator; in base64url.
    pub credential_id: String,
    pub user_id: UserId,
    pub name: PasskeyName,
    /// COSE, in hex.
    pub public_key: String,
    /// The host that it works on.
    pub rp_id: String,
    pub sign_count: u32,
    pub is_backup_eligible: bool,
    pub is_backed_up: bool,
    /// Whether the authenticator verified the user when it made the passkey: then it opens the account alone.
    pub is_user_verified: bool,
    /// Of the browser's words, those that the specification has.
    pub transports: Vec<String>,
    pub created_at: Moment,
    pub last_used_at: Option<Moment>,
}

impl Passkey {
    /// `rp_id` is the present host of the server, if passkeys work there.
    pub fn into_api(self, rp_id: Option<&str>) -> api::Passkey {
        api::Passkey {
            id: self.id.0,
            name: self.name.0,
            created_at: self.created_at.into(),
            last_used_at: self.last_used_at.map(Into::into),
            backed_up: self.is_backed_up,
            this_host: rp_id == Some(self.rp_id.as_str()),
        }
    }
}

/// How a browser finds the authenticator of a passkey.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PasskeyDescriptor {
    /// In base64url.
    pub credential_id: String,
    pub transports: Vec<String>,
}

impl From<Passkey> for PasskeyDescriptor {
    fn from(passkey: Passkey) -> Self {
        Self { credential_id: passkey.credential_id, transports: passkey.transports }
    }
}

impl From<Passkey> for api::ExportedPasskey {
    fn from(passkey: Passkey) -> Self {
        Self {
            name: passkey.name.0,
            host: passkey.rp_id,
            backed_up: passkey.is_backed_up,
            created_at: passkey.created_at.into(),
            last_used_at: passkey.last_used_at.map(Into::into),
        }
    }
}

/// A passkey that an authenticator has made. Its name is final once it is stored.
#[derive(Clone, Debug)]
pub struct NewPasskey {
    pub passkey: Passkey,
    /// Whether the user has chosen the name. Otherwise it is that of the provider, and gets a number where it is taken.
    pub is_named: bool,
    /// The model of the authenticator. Not attested: good for a name, and for nothing else.
    pub aaguid: [u8; 16],
}

impl NewPasskey {
    /// With its final name, if the user has passkeys of the names `taken`. `None`: the chosen name is one of them.
    pub fn named_beside(&self, taken: &[PasskeyName]) -> Option<Passkey> {
        let name = match &self.passkey.name {
            chosen if self.is_named => Some(chosen.clone()).filter(|name| !taken.contains(name))?,
            _ => PasskeyName::of_provider(self.aaguid, taken),
        };
        Some(Passkey { name, ..self.passkey.clone() })
    }
}

/// A right answer to a challenge, and what the authenticator says in it.
#[derive(Clone, Debug)]
pub struct PasskeyUse {
    pub passkey_id: PasskeyId,
    /// Counts once: it is used up with the answer.
    pub challenge: ChallengeUse,
    pub sign_count: u32,
    pub is_backup_eligible: bool,
    pub is_backed_up: bool,
}

impl PasskeyUse {
    /// Whether the counter of signatures has not moved on, which may mean that there is a copy of the passkey. Most
    /// authenticators have no counter: theirs is always 0.
    pub const fn counter_is_back(&self, stored: u32) -> bool {
        stored > 0 && self.sign_count <= stored
    }
}

/// The words of the specification for how a browser reaches an authenticator.
const TRANSPORTS: [&str; 6] = ["usb", "nfc", "ble", "smart-card", "hybrid", "internal"];

/// Of the words that a browser has sent, those of the specification, each once.
pub fn known_transports(sent: &[String]) -> Vec<String> {
    TRANSPORTS.into_iter().filter(|known| sent.iter().any(|word| word == known)).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::{PasskeyName, known_transports};

    const BITWARDEN: [u8; 16] = 0xd548_826e_79b4_db40_a3d8_1111_6f7e_8349_u128.to_be_bytes();

    #[test]
    fn a_passkey_without_a_name_has_that_of_its_provider_and_a_number_where_it_is_taken() {
        let mut names: Vec<PasskeyName> = Vec::new();
        for aaguid in [BITWARDEN, BITWARDEN, [0; 16], BITWARDEN, [0; 16], [7; 16]] {
            names.push(PasskeyName::of_provider(aaguid, &names));
        }
        let names: Vec<_> = names.iter().map(PasskeyName::as_str).collect();
        assert_eq!(names, ["Bitwarden", "Bitwarden 2", "Passkey", "Bitwarden 3", "Passkey 2", "Passkey 3"]);
    }

    #[test]
    fn a_name_has_sixty_characters_at_most() {
        assert_eq!(PasskeyName::parse("  Ada’s phone ").expect("valid").as_str(), "Ada’s phone");
        assert!(PasskeyName::parse(&"ä".repeat(60)).is_some());
        for text in ["", " ", "a\nb", "a\u{202E}b", &"ä".repeat(61)] {
            assert_eq!(PasskeyName::parse(text), None, "{text:?}");
        }
    }

    #[test]
    fn transports_that_the_specification_lacks_are_dropped() {
        let sent = ["usb", "evil words", "internal", "usb", "cable"].map(str::to_owned);
        assert_eq!(known_transports(&sent), ["usb", "internal"]);
    }
}
