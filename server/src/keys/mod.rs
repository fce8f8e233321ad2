//! Signing keys: the key ring, its rotation and reset, and the master secret that encrypts the private keys.

pub mod bootstrap;
pub mod generate;
mod guessability;
pub mod key_ring;
pub mod master_secret;
pub mod reload;
pub mod reset;
pub mod rotation;
pub mod schedule;
pub mod sealer;
pub mod totp_seeds;
