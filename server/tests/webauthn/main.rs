//! The relying party of Web Authentication, put to lists of answers: forgeries of our own (`forge.mjs`), W3C's test vectors
//! (`w3c-vectors`), all flips of a bit, and random damage. `judges` compares who accepts which forgery.

mod bit_flips;
mod damage;
mod forgeries;
mod limits;
mod support;
mod w3c_vectors;
