//! Passkeys, one-time codes, recovery codes, and the second step of a login.
//!
//! Members that browsers call `ArrayBuffer` are in base64url without padding.

use serde::{Deserialize, Serialize};

use crate::Timestamp;

/// With what a user can prove who they are besides the password.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum FactorKind {
    /// A passkey (`WebAuthn`).
    Passkey,
    /// A code from an authenticator app (RFC 6238).
    Totp,
    /// A recovery code.
    RecoveryCode,
    /// A kind that a later version added.
    #[serde(other)]
    Unknown,
}

impl FactorKind {
    /// The name on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Passkey => "passkey",
            Self::Totp => "totp",
            Self::RecoveryCode => "recovery_code",
            Self::Unknown => "unknown",
        }
    }
}

/// What a challenge is for. An answer to it counts for nothing else.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ChallengePurpose {
    /// `POST /api/auth/login/passkey`.
    Login,
    /// `POST /api/auth/login/factor`, with the `ticket` of the login.
    SecondFactor,
    /// `POST /api/auth/confirm`, by a live session.
    Confirm,
    /// `POST /api/account/passkeys`, by a live session.
    Passkey,
}

/// Body of `POST /api/auth/challenge`.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct RequestChallenge {
    /// What the challenge is for.
    pub purpose: ChallengePurpose,
    /// With `second_factor`: the ticket of the login.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ticket: Option<String>,
}

/// The answer of an authenticator that proves possession of a passkey (`AuthenticatorAssertionResponse`).
#[derive(Clone, Default, Deserialize, Serialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
#[serde(default)]
pub struct PasskeyAssertion {
    /// `rawId` of the credential.
    #[cfg_attr(feature = "utoipa", schema(required))]
    pub id: String,
    /// `clientDataJSON`.
    #[cfg_attr(feature = "utoipa", schema(required))]
    pub client_data: String,
    /// `authenticatorData`.
    #[cfg_attr(feature = "utoipa", schema(required))]
    pub authenticator_data: String,
    /// `signature`.
    #[cfg_attr(feature = "utoipa", schema(required))]
    pub signature: String,
    /// `userHandle`, if the authenticator returned one; required for a login.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_handle: Option<String>,
}

/// The answer of an authenticator that has made a passkey (`AuthenticatorAttestationResponse`).
#[derive(Clone, Default, Deserialize, Serialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
#[serde(default)]
pub struct PasskeyAttestation {
    /// `rawId` of the credential.
    #[cfg_attr(feature = "utoipa", schema(required))]
    pub id: String,
    /// `clientDataJSON`.
    #[cfg_attr(feature = "utoipa", schema(required))]
    pub client_data: String,
    /// `attestationObject`.
    #[cfg_attr(feature = "utoipa", schema(required))]
    pub attestation_object: String,
    /// The result of `getTransports()`, if there is one.
    pub transports: Vec<String>,
}

/// Body of `POST /api/auth/login/passkey`, which exchanges the answer to a challenge for a session.
#[derive(Clone, Default, Deserialize, Serialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
#[serde(default)]
pub struct PasskeyLogin {
    /// The answer to a challenge for `login`.
    #[cfg_attr(feature = "utoipa", schema(required))]
    pub passkey: PasskeyAssertion,
}

/// Body of `POST /api/auth/login/factor`, the second step of a login: the ticket, and exactly one factor.
#[derive(Clone, Default, Deserialize, Serialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
#[serde(default)]
pub struct SecondFactor {
    /// From `second_factor_required`.
    #[cfg_attr(feature = "utoipa", schema(required))]
    pub ticket: String,
    /// 6 digits from the authenticator app; spaces do not matter.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub totp: Option<String>,
    /// A recovery code; case, spaces and hyphens do not matter.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recovery_code: Option<String>,
    /// The answer to a challenge for `second_factor`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub passkey: Option<PasskeyAssertion>,
}

/// Answer to `GET /api/account/security`: with what the user can prove who they are.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct AccountSecurity {
    /// Whether the account has a password.
    pub password: bool,
    /// Whether a second factor is required after the password.
    pub second_step: bool,
    /// Whether an authenticator app is set up.
    pub totp: bool,
    /// Number of recovery codes that have not been used.
    pub recovery_codes_left: u32,
    /// The passkeys, oldest first.
    pub passkeys: Vec<Passkey>,
    /// When all second factors are removed, as an administrator has asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub factors_reset_at: Option<Timestamp>,
    /// Roles of the user that require a second factor, and that this session therefore lacks: set one up, or confirm with it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub withheld_roles: Vec<String>,
}

/// The removal of all second factors of a user. Answer to `POST /api/admin/users/{id}/reset-second-factor`.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct FactorReset {
    /// When they are removed, unless the user stops that before.
    pub effective_at: Timestamp,
}

/// A passkey of the account.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct Passkey {
    /// Not a secret, and not the ID that authenticators use.
    pub id: String,
    /// The user's name for it, 1 to 60 characters, no two alike.
    pub name: String,
    /// When it was added.
    pub created_at: Timestamp,
    /// The latest login, second step or confirmation with it.
    pub last_used_at: Option<Timestamp>,
    /// Whether its provider keeps a copy, as the authenticator said at the latest use.
    pub backed_up: bool,
    /// Whether it works on the host of this server, which may have moved since it was added.
    pub this_host: bool,
}

/// Answer to `GET /api/account/passkeys`: the arguments of the browser's signals about passkeys.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct AcceptedPasskeys {
    /// `rpId` of both signals.
    pub rp_id: String,
    /// `userId` of both signals. None if the account has never had a passkey.
    pub user_handle: Option<String>,
    /// `allAcceptedCredentialIds`: of the passkeys that work on this host.
    pub credential_ids: Vec<String>,
    /// `name` of the user.
    pub name: String,
    /// `displayName` of the user.
    pub display_name: String,
}

/// Answer to `GET /.well-known/passkey-endpoints`.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct PasskeyEndpoints {
    /// The page where users add a passkey.
    pub enroll: String,
    /// The page where users manage their passkeys.
    pub manage: String,
}

/// Body of `POST /api/account/passkeys`, which adds a passkey.
#[derive(Clone, Default, Deserialize, Serialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
#[serde(default)]
pub struct AddPasskey {
    /// The answer to a challenge for `passkey`.
    #[cfg_attr(feature = "utoipa", schema(required))]
    pub passkey: PasskeyAttestation,
    /// A name for it, 1 to 60 characters; without one, that of its provider, such as "iCloud Keychain".
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// Body of `PATCH /api/account/passkeys/{id}`.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
#[serde(default)]
pub struct RenamePasskey {
    /// The new name, 1 to 60 characters.
    #[cfg_attr(feature = "utoipa", schema(required, min_length = 1, max_length = 60))]
    pub name: String,
}

/// Answer to `POST /api/account/totp`: a seed for an authenticator app, shown once. It is in use from the first right code on.
#[derive(Clone, Deserialize, Serialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct TotpSetup {
    /// The seed in base32, 160 bits.
    pub secret: String,
    /// `otpauth://totp/…`, for authenticator apps.
    pub uri: String,
    /// The URI as a QR code: the `d` of an SVG path of black modules, each 1 × 1.
    pub qr: String,
    /// Width and height of the QR code in modules, with its margin.
    pub qr_size: u32,
    /// For how many seconds the seed waits for its first code.
    pub expires_in: u64,
}

/// Body of `PUT /api/account/totp`, which puts the new seed into use.
#[derive(Clone, Default, Deserialize, Serialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
#[serde(default)]
pub struct ConfirmTotp {
    /// 6 digits from the authenticator app; spaces do not matter.
    #[cfg_attr(feature = "utoipa", schema(required))]
    pub code: String,
}

/// Body of `PUT /api/account/second-step`.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct SetSecondStep {
    /// Whether a second factor is required after the password. Required: a missing member is a mistake, not a request to turn it off.
    pub on: bool,
}

/// New recovery codes, shown once.
#[derive(Clone, Deserialize, Serialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct RecoveryCodes {
    /// 10 codes of 24 characters in 6 groups, such as `abcd-efgh-…`; each works once. Empty if the account has codes already.
    pub recovery_codes: Vec<String>,
}
