//! The decoded parts of an access token.

/// The parts of an access token. The signature is left out, so that what the inspector shows cannot be used.
pub struct TokenParts {
    /// The header, as JSON text.
    pub header: String,
    /// The claims, as JSON text.
    pub claims: String,
    /// Length of the signature in bytes.
    pub signature_length: usize,
}

impl TokenParts {
    /// Decodes a JWT; `None` if it is malformed.
    pub(super) fn decode(token: &str) -> Option<Self> {
        let mut parts = token.split('.').map(base64url);
        let (header, claims, signature) = (parts.next()??, parts.next()??, parts.next()??);
        let (header, claims) = (String::from_utf8(header).ok()?, String::from_utf8(claims).ok()?);
        Some(Self { header, claims, signature_length: signature.len() })
    }
}

/// Decodes base64url without padding (RFC 4648, section 5). A library would be larger than this.
fn base64url(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() * 3 / 4);
    let (mut buffer, mut bits) = (0_u32, 0);
    for digit in text.bytes() {
        let six_bits = match digit {
            b'A'..=b'Z' => digit - b'A',
            b'a'..=b'z' => digit - b'a' + 26,
            b'0'..=b'9' => digit - b'0' + 52,
            b'-' => 62,
            b'_' => 63,
            _ => return None,
        };
        buffer = buffer << 6 | u32::from(six_bits);
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            bytes.push(u8::try_from(buffer >> bits & 0xff).ok()?);
        }
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::TokenParts;

    #[test]
    fn header_and_claims_are_decoded_and_the_signature_is_counted() {
        let parts = TokenParts::decode("eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiJhZGEifQ.AAEC_-8").expect("a token");

        assert_eq!(parts.header, r#"{"alg":"EdDSA"}"#);
        assert_eq!(parts.claims, r#"{"sub":"ada"}"#);
        assert_eq!(parts.signature_length, 5);
    }

    #[test]
    fn malformed_tokens_have_no_parts() {
        for malformed in ["", "a.b", "e30.e30", "e30.e+0.AA", "_w.e30.AA"] {
            assert!(TokenParts::decode(malformed).is_none(), "{malformed}");
        }
    }
}
