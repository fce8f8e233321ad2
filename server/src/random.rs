//! Random bytes from the operating system, and IDs.

use std::sync::{
    LazyLock,
    atomic::{AtomicU64, Ordering},
};

pub fn bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    aws_lc_rs::rand::fill(&mut bytes).expect("the operating system provides random bytes");
    bytes
}

/// Initializes the generator in a thread of its own. At its first use, aws-lc measures the processor for tens of milliseconds
/// to gather entropy, which a start need not wait for while it opens the database.
pub fn initialize() {
    std::thread::spawn(bytes::<1>);
}

/// A unique ID: 128 random bits in hex. It does not reveal when it was made.
pub fn id() -> String {
    hex::encode(bytes::<16>())
}

/// An id for a request: unique within the process, and cheap, because every request needs one. Not a secret.
pub fn request_id() -> String {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    static SEED: LazyLock<[u64; 2]> = LazyLock::new(|| [0, 1].map(|_| u64::from_ne_bytes(bytes())));
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let bytes = SEED.map(|seed| scramble(seed.wrapping_add(number)).to_ne_bytes());
    let mut id = [0; 32];
    // `hex::encode` would cost as much as a hundredth of a request.
    _ = hex::encode_to_slice(bytes.as_flattened(), &mut id);
    str::from_utf8(&id).map(str::to_owned).unwrap_or_default()
}

/// The finalizer of `SplitMix64` (Steele, Lea, Flood 2014): a bijection, so different numbers stay different.
const fn scramble(number: u64) -> u64 {
    let number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}
