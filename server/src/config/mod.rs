//! Settings. [`Config`] declares each of them once: key, type, default and description. The command line's help, the
//! table in `server/CONFIGURATION.md` and the checks come from that declaration.

mod accent;
mod brand_files;
mod breached_passwords;
mod changes;
mod check;
mod declaration;
#[cfg(test)]
mod documentation;
mod environment;
mod links;
mod mail;
mod policies;
mod raw;
mod secret_flags;
mod settings;
#[cfg(test)]
mod tests;
mod values;
mod warnings;

pub use brand_files::BrandFile;
pub use changes::RELOADABLE;
pub use declaration::flags;
pub use mail::{MailPassword, MailTransport};
pub use raw::RawSettings;
pub use settings::Config;
pub use values::{LogFormat, OrOff, Switch};
