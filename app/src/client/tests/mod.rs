//! The behaviour of the client, interleaving by interleaving, without a browser, a network or real time.
//! The numbers are those of the client's specification.

mod bodies;
mod end;
mod fake;
mod grants;
mod json;
mod login;
mod logout;
#[cfg(feature = "measure")]
mod measure;
mod model;
mod orders;
mod people;
mod push;
mod refresh;
mod refusal;
mod replies;
mod server;
mod start;
mod streams;
mod tab;
mod tabs;
mod time;
mod unreachable;
mod world;
