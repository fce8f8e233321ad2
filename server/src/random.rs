//! Chance, from the operating system's generator.

/// `N` random bytes.
pub fn bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    aws_lc_rs::rand::fill(&mut bytes).expect("the operating system gives random bytes");
    bytes
}

/// A fresh id: 128 random bits in hex. Unique, and tells nothing of when it was made.
pub fn id() -> String {
    hex::encode(bytes::<16>())
}
