//! Why the program of a page does not run. Rendered by the server, shown by `boot.js`.

/// A file could not be fetched.
pub(crate) const NOT_LOADED: &str = "This page did not load completely.";

/// The program was fetched, but failed at its start.
pub(crate) const NOT_STARTED: &str = "Something on this page failed to start.";

/// Lockdown modes and policies of organizations switch it off.
pub(crate) const NO_WEBASSEMBLY: &str = "WebAssembly is switched off in this browser.";

/// Below the reason, on a page whose forms work without the program.
pub(crate) const FORMS_WORK: &str = "You can use its form all the same.";
