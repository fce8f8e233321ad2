//! A cached session as Valkey has it: sealed, without credential and password hash.

use std::time::Duration;

use aws_lc_rs::{
    aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey},
    hkdf,
};
use doorward_api::PolicyName;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::{
    clock::{Moment, millis},
    keys::master_secret::MasterSecret,
    model::{
        authentication::Authentication,
        credential::CredentialHash,
        device::Device,
        session::{Label, Session, SessionId},
        user::{Identity, UserId},
    },
};

/// An entry that has been opened.
pub struct Entry {
    pub read_at: Moment,
    pub session: Session,
    pub user: Identity,
}

#[derive(Deserialize, Serialize)]
struct Content {
    read_at: i64,
    session_id: String,
    user_id: String,
    name: String,
    roles: Vec<String>,
    has_second_step: bool,
    policy: String,
    label: Option<String>,
    browser: String,
    os: String,
    ip: Option<String>,
    created_at: i64,
    last_used_at: i64,
    expires_at: i64,
    idle_timeout: Option<i64>,
    auth_time: i64,
    acr: String,
    amr: String,
}

/// Seals entries with AES-256-GCM. Each credential has a key of its own, derived from the master secret, so that no key
/// comes near the number of random nonces that it can have.
pub struct EntrySealer(hkdf::Prk);

impl EntrySealer {
    pub fn new(secret: &MasterSecret) -> Self {
        Self(hkdf::Prk::new_less_safe(hkdf::HKDF_SHA256, secret.derive("session cache").as_ref()))
    }

    fn key(&self, credential: &CredentialHash) -> RandomizedNonceKey {
        let mut key = Zeroizing::new([0; 32]);
        self.0
            .expand(&[credential.as_str().as_bytes()], hkdf::HKDF_SHA256)
            .and_then(|okm| okm.fill(key.as_mut()))
            .expect("HKDF-SHA256 can derive 32 bytes");
        RandomizedNonceKey::new(&AES_256_GCM, key.as_ref()).expect("the key has 32 bytes")
    }

    /// `keys` names the signing keys of the deployment; with others, the entry does not open.
    pub fn seal(
        &self,
        credential: &CredentialHash,
        keys: &str,
        (session, user): (&Session, &Identity),
        read_at: Moment,
    ) -> Vec<u8> {
        let content = Content {
            read_at: read_at.0,
            session_id: session.id.0.clone(),
            user_id: user.id.0.clone(),
            name: user.name.clone(),
            roles: user.assigned_roles.clone(),
            has_second_step: user.has_second_step,
            policy: session.policy.name().into(),
            label: session.label.clone().map(String::from),
            browser: session.device.browser.clone(),
            os: session.device.os.clone(),
            ip: session.ip.clone(),
            created_at: session.created_at.0,
            last_used_at: session.last_used_at.0,
            expires_at: session.expires_at.0,
            idle_timeout: session.idle_timeout.map(millis),
            auth_time: session.authentication.time.0,
            acr: session.authentication.acr.name().into(),
            amr: session.authentication.amr_text(),
        };
        let mut text = serde_json::to_vec(&content).expect("text and integers can be serialized");
        let nonce = self
            .key(credential)
            .seal_in_place_append_tag(Aad::from(aad(credential, keys)), &mut text)
            .expect("short texts can be encrypted");
        [nonce.as_ref().as_slice(), &text].concat()
    }

    /// `None` for what no node of this deployment has sealed for this credential, and for entries of other versions.
    pub fn open(&self, credential: &CredentialHash, keys: &str, mut sealed: Vec<u8>) -> Option<Entry> {
        let (nonce, text) = sealed.split_at_mut_checked(NONCE_LEN)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let text = self.key(credential).open_in_place(nonce, Aad::from(aad(credential, keys)), text).ok()?;
        let content: Content = serde_json::from_slice(text).ok()?;
        let label = match content.label {
            Some(label) => Some(Label::parse(&label)?),
            None => None,
        };
        let user_id = UserId(content.user_id);
        Some(Entry {
            read_at: Moment(content.read_at),
            session: Session {
                id: SessionId(content.session_id),
                user_id: user_id.clone(),
                policy: PolicyName::from_name(&content.policy)?,
                label,
                device: Device { browser: content.browser, os: content.os },
                ip: content.ip,
                created_at: Moment(content.created_at),
                last_used_at: Moment(content.last_used_at),
                expires_at: Moment(content.expires_at),
                idle_timeout: content.idle_timeout.map(|millis| Duration::from_millis(millis.unsigned_abs())),
                authentication: Authentication::from_columns(Moment(content.auth_time), &content.acr, &content.amr),
            },
            user: Identity {
                id: user_id,
                name: content.name,
                assigned_roles: content.roles,
                has_second_step: content.has_second_step,
            },
        })
    }
}

/// Authenticated with the entry.
fn aad(credential: &CredentialHash, keys: &str) -> String {
    format!("{} {keys}", credential.as_str())
}
