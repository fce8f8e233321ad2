//! Base32 (RFC 4648, section 6) in lower case, without padding.

const ALPHABET: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";

/// Five bits in each character. Of bytes whose bits are no multiple of five, the last character has fewer.
pub fn encode(bytes: &[u8]) -> String {
    let bit = |at: usize| bytes.get(at / 8).map_or(0, |byte| byte >> (7 - at % 8) & 1);
    let groups = (0..bytes.len() * 8).step_by(5);
    groups.map(|start| (start..start + 5).fold(0, |value, at| value << 1 | bit(at))).map(character).collect()
}

fn character(value: u8) -> char {
    char::from(ALPHABET[usize::from(value) % ALPHABET.len()])
}

pub fn is_encoded(text: &str) -> bool {
    text.bytes().all(|byte| ALPHABET.contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 4648, section 10.
    #[test]
    fn the_vectors_of_the_rfc() {
        for (bytes, text) in [
            ("", ""),
            ("f", "my"),
            ("fo", "mzxq"),
            ("foo", "mzxw6"),
            ("foob", "mzxw6yq"),
            ("fooba", "mzxw6ytb"),
            ("foobar", "mzxw6ytboi"),
        ] {
            assert_eq!(encode(bytes.as_bytes()), text);
            assert!(is_encoded(text));
        }
        assert!(!is_encoded("MZXW6") && !is_encoded("a1") && !is_encoded("ä"));
    }
}
