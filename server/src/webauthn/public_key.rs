//! The public keys of passkeys, in the format of COSE (RFC 9053, RFC 8230).

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1, ED25519, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents,
};

use super::{cbor::Value, error::CeremonyError};

const EDDSA: i64 = -8;
const ES256: i64 = -7;
const RS256: i64 = -257;

/// What the authenticator may choose from, the preferred one first.
pub const OFFERED_ALGORITHMS: [i64; 3] = [EDDSA, ES256, RS256];

/// Bits of an RSA modulus.
const RSA_BITS: std::ops::RangeInclusive<usize> = 2048..=4096;

/// The smallest public exponent of RSA.
const MIN_EXPONENT: u32 = 65_537;

/// The labels of the members of a key. The same number has another meaning for each type of key.
mod label {
    pub(super) const TYPE: i64 = 1;
    pub(super) const ALGORITHM: i64 = 3;
    pub(super) const CURVE: i64 = -1;
    pub(super) const X: i64 = -2;
    pub(super) const Y: i64 = -3;
    pub(super) const MODULUS: i64 = -1;
    pub(super) const EXPONENT: i64 = -2;
}

/// A key that signatures can be verified with: on its curve, and neither too short nor too long.
#[derive(Clone, Debug)]
pub struct PublicKey {
    /// As the authenticator has written it, which is its only canonical form.
    cose: Vec<u8>,
    parsed: ParsedPublicKey,
}

impl PublicKey {
    /// From the database.
    pub fn from_cose_hex(hex: &str) -> Option<Self> {
        Self::from_cose(&hex::decode(hex).ok()?).ok().filter(|(_, rest)| rest.is_empty()).map(|(key, _)| key)
    }

    /// As it is stored.
    pub fn to_cose_hex(&self) -> String {
        hex::encode(&self.cose)
    }

    /// Reads the key at the start of `bytes`; returns what follows it, too.
    pub(super) fn from_cose(bytes: &[u8]) -> Result<(Self, &[u8]), CeremonyError> {
        let (value, rest) = Value::parse_first_ordered(bytes).ok_or(CeremonyError::PublicKey)?;
        let algorithm = value.label(label::ALGORITHM).and_then(Value::integer).ok_or(CeremonyError::PublicKey)?;
        if !OFFERED_ALGORITHMS.contains(&algorithm) {
            return Err(CeremonyError::Algorithm);
        }
        let parsed = parse(algorithm, &value).ok_or(CeremonyError::PublicKey)?;
        let cose = bytes[..bytes.len() - rest.len()].to_vec();
        Ok((Self { cose, parsed }, rest))
    }

    pub(super) fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        self.parsed.verify_sig(message, signature).is_ok()
    }
}

/// Exactly the members that the type of the key requires (Web Authentication, 6.5.1).
fn parse(algorithm: i64, value: &Value) -> Option<ParsedPublicKey> {
    let integer = |label| value.label(label).and_then(Value::integer);
    let bytes = |label| value.label(label).and_then(Value::bytes);
    let length = value.entries()?.len();
    match (algorithm, integer(label::TYPE)?) {
        (EDDSA, 1) if length == 4 && integer(label::CURVE)? == 6 => {
            let x = bytes(label::X).filter(|x| x.len() == 32)?;
            ParsedPublicKey::new(&ED25519, x).ok()
        }
        (ES256, 2) if length == 5 && integer(label::CURVE)? == 1 => {
            let coordinate = |label| bytes(label).filter(|bytes| bytes.len() == 32);
            let point = [&[4], coordinate(label::X)?, coordinate(label::Y)?].concat();
            ParsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, point).ok()
        }
        (RS256, 3) if length == 4 => parse_rsa(bytes(label::MODULUS)?, bytes(label::EXPONENT)?),
        _ => None,
    }
}

/// The library checks neither at this point.
fn parse_rsa(n: &[u8], e: &[u8]) -> Option<ParsedPublicKey> {
    let leading_zeros = usize::try_from(n.first().filter(|first| **first != 0)?.leading_zeros()).ok()?;
    let is_odd = n.last().is_some_and(|last| last % 2 == 1);
    // 32 bits at most: the verification refuses more than 33.
    let exponent = e.iter().fold(0_u32, |exponent, byte| (exponent << 8) | u32::from(*byte));
    let is_short = e.len() <= 4 && e.first() != Some(&0);
    let is_sound = is_odd
        && RSA_BITS.contains(&(n.len() * 8 - leading_zeros))
        && is_short
        && exponent >= MIN_EXPONENT
        && exponent % 2 == 1;
    let components = is_sound.then_some(RsaPublicKeyComponents { n, e })?;
    components.to_parsed_public_key(&RSA_PKCS1_2048_8192_SHA256).ok()
}
