//! `doorward user reset-password` and `verify`, and mails about what the operator does. The running server sends them.

use app::Language;

use super::{failure::Failure, keys, terminal::confirm};
use crate::{
    clock::{Clock, Moment},
    config::{Config, MailTransport, Switch},
    keys::{master_secret::MasterSecret, sealer::Sealer},
    mail::{Mailer, letters::Cause, notices::Notices, reset_link::printed_link},
    model::{audit::Actor, notice::Notice, user::User},
    output::print_line,
    store::Store,
};

/// Sends a link to set a new password, or prints it.
pub(super) async fn reset_password(
    user: &User,
    (print_link, yes): (bool, bool),
    config: &Config,
    store: &Store,
    clock: &Clock,
) -> Result<(), Failure> {
    let email = user.email.as_str();
    if user.disabled_at.is_some() {
        return Err(Failure::Failed(format!("{email} is disabled; enable it first: `doorward user enable {email}`")));
    }
    if user.delete_at.is_some() {
        return Err(Failure::Failed(format!(
            "{email} is going to be deleted; restore it first: `doorward user restore {email}`"
        )));
    }
    let (lifetime, public_url) = (config.reset_lifetime, public_url(config)?);
    if print_link || !is_on(config) {
        confirm(&format!("Print a link with which anyone sets the password of {email}?"), yes)?;
        let now = clock.now();
        let (ticket, link) = printed_link(&public_url, user, lifetime, now);
        store.ask_reset(&ticket, None, &Actor::Operator, now).await?;
        print_line!(
            "Warning: this link sets the password of {email}, once, within {}. Give it to its user and to no one else.",
            Language::English.about(lifetime.as_secs())
        );
        print_line!("{link}");
        return Ok(());
    }
    let mailer = Mailer::new(&keys::secret(config, store).await?, &public_url, true);
    confirm(&format!("Send a link to set a new password to {email}?"), yes)?;
    let now = clock.now();
    let link = mailer.reset_link(&config.brand_name, &user.email, Some(user), (lifetime, language(config), now));
    store.ask_reset(&link.ticket, Some(&link.mail), &Actor::Operator, now).await?;
    print_line!("The server sends a link to {email}.");
    Ok(())
}

/// Records that the email has been proved.
pub(super) async fn verify(user: &User, store: &Store, clock: &Clock) -> Result<(), Failure> {
    let email = user.email.as_str();
    let outcome = if store.verify_email(&user.id, clock.now()).await? { "is verified" } else { "was verified already" };
    print_line!("{email} {outcome}.");
    Ok(())
}

/// The mail to a user about what the operator does to the account. Where it cannot be written, that is done without it.
pub(super) async fn notice(
    cause: &Cause<'_>,
    user: &User,
    config: &Config,
    store: &Store,
    now: Moment,
) -> Option<Notice> {
    if config.notices == Switch::Off {
        return None;
    }
    notice_writer(user, config, store).await?.notices(config).compose(cause, user, language(config), now)
}

/// What notices to a user are written with.
pub(super) struct NoticeWriter {
    mailer: Mailer,
    sealer: Sealer,
}

impl NoticeWriter {
    pub(super) fn notices<'a>(&'a self, config: &'a Config) -> Notices<'a> {
        let is_on = config.notices == Switch::On;
        Notices { mailer: &self.mailer, sealer: &self.sealer, brand: &config.brand_name, is_on }
    }
}

/// `None` where there are no mails to the user, even if `notices` is on.
pub(super) async fn notice_writer(user: &User, config: &Config, store: &Store) -> Option<NoticeWriter> {
    let (secret, public_url) = mail_settings(user, config, store).await?;
    Some(NoticeWriter { mailer: Mailer::new(&secret, &public_url, true), sealer: Sealer::new(&secret, "tickets") })
}

/// Writes mails to a user about what the operator does. `None` where there are none.
pub(super) async fn mailer(user: &User, config: &Config, store: &Store) -> Option<Mailer> {
    if config.notices == Switch::Off {
        return None;
    }
    let (secret, public_url) = mail_settings(user, config, store).await?;
    Some(Mailer::new(&secret, &public_url, true))
}

async fn mail_settings(user: &User, config: &Config, store: &Store) -> Option<(MasterSecret, String)> {
    if !is_on(config) || user.email_verified_at.is_none() {
        return None;
    }
    match (keys::secret(config, store).await, public_url(config)) {
        (Ok(secret), Ok(public_url)) => Some((secret, public_url)),
        (Err(Failure::Failed(reason) | Failure::Usage(reason)), _)
        | (_, Err(Failure::Failed(reason) | Failure::Usage(reason))) => {
            print_line!("The user gets no mail about this: {reason}");
            None
        }
    }
}

fn is_on(config: &Config) -> bool {
    config.mail != MailTransport::Off
}

/// The operator's request has no language.
pub(super) fn language(config: &Config) -> Language {
    config.language.unwrap_or_default()
}

/// As the server has it.
fn public_url(config: &Config) -> Result<String, Failure> {
    match (&config.public_url, config.listen.port()) {
        (Some(url), _) => Ok(url.clone()),
        (None, 0) => Err(Failure::Failed("public_url: set it, because `listen` has no fixed port".into())),
        (None, port) => Ok(format!("http://localhost:{port}")),
    }
}
