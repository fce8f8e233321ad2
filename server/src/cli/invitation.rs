//! `doorward user invite`.

use app::{Language, RegistrationMode};

use super::{
    arguments::{parse_email, parse_roles},
    failure::Failure,
    keys::secret,
    terminal::confirm,
};
use crate::{
    clock::Clock,
    config::{Config, MailTransport},
    keys::sealer::Sealer,
    mail::Mailer,
    model::{email::Email, user::check_roles},
    output::{self, print_line},
    store::Store,
    users::invitations::{self, InvitationDetails, InvitationError},
};

#[derive(clap::Args)]
pub struct Invite {
    email: String,
    /// Role of the new user; may be repeated
    #[arg(long)]
    role: Vec<String>,
    /// Do not ask for confirmation
    #[arg(long)]
    yes: bool,
}

/// Invites a user by mail, which a running server sends. Without mail, prints the link.
pub async fn invite(invite: &Invite, config: &Config, store: &Store, clock: &Clock) -> Result<(), Failure> {
    if config.registration == RegistrationMode::Closed {
        return Err(Failure::Failed(
            "registration: is `closed`; set it to `invite`, or use `doorward user add`".to_owned(),
        ));
    }
    let email = parse_email(&invite.email)?;
    let roles = parse_roles(&invite.role)?;
    check_roles(&roles).map_err(Failure::Usage)?;
    let secret = secret(config, store).await?;
    let (mailer, sealer) = (
        Mailer::new(&secret, &public_url(config)?, config.mail != MailTransport::Off),
        Sealer::new(&secret, "tickets"),
    );
    if store.user_by_email(&email).await?.is_some() {
        return Err(has_account(&email));
    }
    confirm(&question(&email, &roles, mailer.is_on()), invite.yes)?;
    let details = InvitationDetails { name: None, roles };
    let language = config.language.unwrap_or(Language::English);
    let invited = invitations::invite((store, &mailer, &sealer), &email, &details, language, clock.now()).await;
    let invited = invited.map_err(|error| match error {
        InvitationError::EmailTaken => has_account(&email),
        InvitationError::Unavailable(error) => error.into(),
    })?;
    if mailer.is_on() {
        print_line!("Invited {}. The mail has a link that works once, for 72 hours.", email.as_str());
        return Ok(());
    }
    output::error_line(
        "warning: mail is off. Pass this link on to its user alone: it creates the account, once, within 72 hours. It is not \
         shown again."
            .to_owned(),
    );
    print_line!("{}", invited.link);
    Ok(())
}

fn question(email: &Email, roles: &[String], sends_mail: bool) -> String {
    let email = email.as_str();
    let as_what = if roles.is_empty() { String::new() } else { format!(", with the roles {}", roles.join(", ")) };
    if sends_mail {
        format!("Send {email} an invitation{as_what}?")
    } else {
        format!("Print a link that creates the account of {email}{as_what}?")
    }
}

fn has_account(email: &Email) -> Failure {
    Failure::Failed(format!("{} already has an account", email.as_str()))
}

fn public_url(config: &Config) -> Result<String, Failure> {
    match (&config.public_url, config.listen.port()) {
        (Some(url), _) => Ok(url.clone()),
        (None, 0) => Err(Failure::Failed("public_url: set it, because `listen` has no fixed port".to_owned())),
        (None, port) => Ok(format!("http://localhost:{port}")),
    }
}
