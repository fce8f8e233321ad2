//! `doorward policy`: shows the policies, and previews what a change of settings would do to live sessions.

use std::time::Duration;

use clap::Subcommand;
use doorward_api::CredentialStorage;
use humantime::format_duration;

use super::{
    failure::Failure,
    terminal::{print_table, session_count},
};
use crate::{
    clock::Clock,
    config::Config,
    model::policy::{Policies, Policy},
    output::print_line,
    sessions::policy_migration,
    store::Store,
    tokens::issuer,
};

#[derive(Subcommand)]
pub enum PolicyCommand {
    /// Show the policy of each role, with the effective values
    Show,
    /// Show what other settings would do to live sessions, without changing anything: `policy preview --policy banking`
    Preview,
}

pub fn show(policies: &Policies) {
    let of_roles = policies.by_role.iter().map(|(role, policy)| row(role, policy));
    let rows = std::iter::once(row("(default)", &policies.default)).chain(of_roles);
    print_table(
        ["ROLE", "POLICY", "BROWSER STORES", "ACCESS TOKEN", "ABSOLUTE TIMEOUT", "IDLE TIMEOUT"],
        rows.collect(),
    );
    if policies.by_role.len() > 1 {
        print_line!(
            "\nIf a user has several of these roles, the strictest policy applies: banking, then memory-only, then \
             server-session, then retention."
        );
    }
}

fn row(role: &str, policy: &Policy) -> [String; 6] {
    let storage = policy.name.credential_storage();
    let stored = match storage {
        CredentialStorage::RefreshCookie => "a refresh cookie",
        CredentialStorage::SessionCookie => "a session cookie",
        CredentialStorage::RefreshToken => "a refresh token in one tab",
        CredentialStorage::AccessTokenOnly => "nothing",
    };
    let time = |time: Duration| format_duration(time).to_string();
    let access_token = if storage.has_access_token() { time(policy.access_token_lifetime) } else { "none".into() };
    let idle_timeout = policy.idle_timeout.map_or("off".into(), time);
    [role.into(), policy.name.name().into(), stored.into(), access_token, time(policy.lifetime), idle_timeout]
}

pub async fn preview(config: &Config, store: &Store, clock: &Clock) -> Result<(), Failure> {
    let changed = &config.policies();
    let preview = policy_migration::preview(store, changed, clock.now()).await?;
    show(changed);
    if let Some(public_url) = &config.public_url
        && let Some(previous) = issuer::previous(store, public_url).await?
    {
        print_line!("\n{}", issuer::warning(&previous, public_url));
    }
    print_line!("\nStarting the server with these settings does this to live sessions:");
    print_line!("  {} {} at once", session_count(preview.at_once), end_or_ends(preview.at_once));
    let mut rest = preview.sooner.as_slice();
    for (bound, words) in BOUNDS {
        let (within, later) = rest.split_at(rest.partition_point(|time| *time <= bound));
        rest = later;
        if !within.is_empty() {
            print_line!("  {} {} within {words}", session_count(within.len()), end_or_ends(within.len()));
        }
    }
    if !rest.is_empty() {
        print_line!("  {} {} later, but sooner than now", session_count(rest.len()), end_or_ends(rest.len()));
    }
    print_line!("  {} unchanged", session_count(preview.unchanged));
    print_line!("Nothing has been changed.");
    Ok(())
}

const BOUNDS: [(Duration, &str); 4] = [
    (Duration::from_mins(5), "5 minutes"),
    (Duration::from_hours(1), "an hour"),
    (Duration::from_hours(24), "a day"),
    (Duration::from_hours(7 * 24), "a week"),
];

fn end_or_ends(sessions: usize) -> &'static str {
    if sessions == 1 { "ends" } else { "end" }
}
