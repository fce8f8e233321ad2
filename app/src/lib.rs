//! Doorward's interface and wire types. Runs on the server, where it renders pages, and in the browser.

pub mod api;
pub mod client;
