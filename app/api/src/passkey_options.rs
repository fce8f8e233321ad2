//! The options of a ceremony of Web Authentication, with the names that browsers have for them: `PublicKeyCredentialCreationOptions`
//! and `PublicKeyCredentialRequestOptions`, in the form of `parseCreationOptionsFromJSON` and `parseRequestOptionsFromJSON`.

use serde::{Deserialize, Serialize};

/// Answer to `POST /api/auth/challenge`: what a page passes to `navigator.credentials`, once its texts in base64url are bytes.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct PasskeyChallenge {
    /// For `create` with the purpose `passkey`, otherwise for `get`.
    #[serde(rename = "publicKey")]
    pub public_key: PasskeyOptions,
    /// For how many seconds the challenge can be answered.
    pub expires_in: u64,
}

/// Options to create a passkey or to use one.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
#[serde(untagged)]
pub enum PasskeyOptions {
    /// For `navigator.credentials.create`.
    Create(Box<CreationOptions>),
    /// For `navigator.credentials.get`.
    Get(RequestOptions),
}

/// `PublicKeyCredentialCreationOptions`.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct CreationOptions {
    /// The site.
    pub rp: PasskeyRelyingParty,
    /// The account.
    pub user: PasskeyUser,
    /// In base64url.
    pub challenge: String,
    /// The algorithms that the authenticator may choose from, the preferred one first.
    pub pub_key_cred_params: Vec<PasskeyAlgorithm>,
    /// In milliseconds.
    pub timeout: u64,
    /// The passkeys that the account has on this host: their authenticators make no other one.
    pub exclude_credentials: Vec<PasskeyDescriptor>,
    /// What the authenticator must be able to do.
    pub authenticator_selection: AuthenticatorSelection,
    /// Always `none`.
    pub attestation: Attestation,
    /// Extensions.
    pub extensions: CreationExtensions,
}

/// `PublicKeyCredentialRequestOptions`.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct RequestOptions {
    /// In base64url.
    pub challenge: String,
    /// The host.
    pub rp_id: String,
    /// In milliseconds.
    pub timeout: u64,
    /// Whether the authenticator must verify the user, by PIN or biometrics.
    pub user_verification: UserVerification,
    /// The passkeys of the account on this host. Empty for a login, before which the account is not known.
    pub allow_credentials: Vec<PasskeyDescriptor>,
}

/// `PublicKeyCredentialRpEntity`.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct PasskeyRelyingParty {
    /// The host.
    pub id: String,
    /// `brand_name`.
    pub name: String,
}

/// `PublicKeyCredentialUserEntity`.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct PasskeyUser {
    /// The user handle: 32 random bytes in base64url. Not the ID of the user.
    pub id: String,
    /// The email.
    pub name: String,
    /// The name of the user.
    pub display_name: String,
}

/// `PublicKeyCredentialParameters`.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct PasskeyAlgorithm {
    /// Always `public-key`.
    #[serde(rename = "type")]
    pub kind: CredentialType,
    /// The number of the algorithm in COSE.
    pub alg: i64,
}

/// `PublicKeyCredentialDescriptor`.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct PasskeyDescriptor {
    /// Always `public-key`.
    #[serde(rename = "type")]
    pub kind: CredentialType,
    /// The ID of the credential, in base64url.
    pub id: String,
    /// How the authenticator is reached, as it said when it made the passkey.
    pub transports: Vec<String>,
}

/// `AuthenticatorSelectionCriteria`.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct AuthenticatorSelection {
    /// Always `required`: a login does not begin with an email.
    pub resident_key: ResidentKey,
    /// The same for browsers of Level 1.
    pub require_resident_key: bool,
    /// Whether the authenticator must verify the user, by PIN or biometrics.
    pub user_verification: UserVerification,
}

/// Extensions of a registration.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct CreationExtensions {
    /// Whether the browser says what kind of passkey it has made.
    pub cred_props: bool,
}

/// `PublicKeyCredentialType`.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
#[serde(rename_all = "kebab-case")]
pub enum CredentialType {
    /// The only one.
    PublicKey,
}

/// `ResidentKeyRequirement`.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum ResidentKey {
    /// The authenticator finds the passkey by the host alone.
    Required,
}

/// `UserVerificationRequirement`.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum UserVerification {
    /// As the only proof.
    Required,
    /// After a password.
    Preferred,
}

/// `AttestationConveyancePreference`.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum Attestation {
    /// The model of the authenticator is not proved.
    None,
}
