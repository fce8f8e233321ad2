//! `doorward secret`: shows which master secret is configured, without showing it.

use clap::Subcommand;

use super::failure::Failure;
use crate::{config::Config, keys::bootstrap, keys::master_secret::shorten, output::print_line};

#[derive(Subcommand)]
pub enum SecretCommand {
    /// Print the fingerprint of the configured master secret, which `backup` and each start print as well
    Fingerprint,
}

pub fn run(command: &SecretCommand, config: &Config) -> Result<(), Failure> {
    match command {
        SecretCommand::Fingerprint => {
            let secret = bootstrap::load_secret(config.secret.as_ref(), &config.secret_file())?;
            let secret = secret.ok_or_else(|| {
                let file = config.secret_file();
                format!("secret: {} does not exist; the first start creates it", file.display())
            })?;
            print_line!("{}", shorten(&secret.fingerprint()));
            Ok(())
        }
    }
}
