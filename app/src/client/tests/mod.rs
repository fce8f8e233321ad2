//! The behaviour of the client, interleaving by interleaving, without a browser, a network or real time.
//! The numbers are those of the client's specification.

mod end;
mod fake;
mod grants;
mod json;
mod login;
mod logout;
mod refresh;
mod refusal;
mod server;
mod start;
mod tab;
mod unreachable;
mod world;
