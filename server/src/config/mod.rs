//! Settings. [`Config`] declares each of them once: key, type, default and description. The command line's help, the
//! README's table and the checks come from that declaration.

mod check;
mod policies;
mod raw;
#[cfg(test)]
mod readme;
mod settings;
#[cfg(test)]
mod tests;
mod values;

pub use raw::{RawSettings, flags};
pub use settings::Config;
pub use values::{LogFormat, OrOff};
