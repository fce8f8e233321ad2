//! Random bytes from the operating system.

pub fn bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    aws_lc_rs::rand::fill(&mut bytes).expect("the operating system provides random bytes");
    bytes
}

/// A unique ID: 128 random bits in hex. It does not reveal when it was made.
pub fn id() -> String {
    hex::encode(bytes::<16>())
}
