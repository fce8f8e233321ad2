//! `doorward policy`: how sessions behave, and what a change would do to those that are live.

use std::time::Duration;

use clap::Subcommand;
use doorward_api::CredentialStorage;
use humantime::format_duration;

use super::{Failure, terminal::table, users::humanize};
use crate::{
    clock::Clock,
    model::policy::{Policies, Policy},
    sessions::policy_migration,
    store::Store,
};

#[derive(Subcommand)]
pub enum PolicyCommand {
    /// Show the policy of each role, with the values that count
    Show,
    /// Say what settings would do to the sessions that are live, and do nothing: `policy preview --policy banking`
    Preview,
}

pub fn show(policies: &Policies) {
    let of_roles = policies.by_role.iter().map(|(role, policy)| row(role, policy));
    let rows = std::iter::once(row("(everybody else)", &policies.usual)).chain(of_roles);
    table(["ROLE", "POLICY", "THE BROWSER KEEPS", "ACCESS TOKEN", "SESSION", "IDLE AFTER"], rows.collect());
    if policies.by_role.len() > 1 {
        println!(
            "\nOf several roles the strictest policy counts: banking, then memory-only, then server-session, then retention."
        );
    }
}

fn row(role: &str, policy: &Policy) -> [String; 6] {
    let keeps = match policy.name.credential_storage() {
        CredentialStorage::RefreshCookie => "a refresh cookie",
        CredentialStorage::SessionCookie => "a session cookie",
        CredentialStorage::RefreshToken => "a refresh token, in one tab",
        CredentialStorage::AccessTokenOnly => "nothing",
    };
    let life = policy.access_token_lifetime;
    let access_token = if policy.name.credential_storage().has_access_token() { in_time(life) } else { "none".into() };
    let idle = policy.idle_timeout.map_or("never".into(), in_time);
    [role.into(), policy.name.name().into(), keeps.into(), access_token, in_time(policy.lifetime), idle]
}

fn in_time(time: Duration) -> String {
    format_duration(time).to_string()
}

pub async fn preview(then: &Policies, store: &Store, clock: &Clock) -> Result<(), Failure> {
    let preview = policy_migration::preview(store, then, clock.now()).await?;
    show(then);
    println!("\nA server that starts with these settings does this to the sessions that are live now:");
    println!("  {} {} at once", humanize(preview.at_once), ends(preview.at_once));
    let mut rest = preview.sooner.as_slice();
    for (bound, words) in BOUNDS {
        let (within, later) = rest.split_at(rest.partition_point(|time| *time <= bound));
        rest = later;
        if !within.is_empty() {
            println!("  {} {} within {words}", humanize(within.len()), ends(within.len()));
        }
    }
    if !rest.is_empty() {
        println!("  {} {} later than that, and sooner than now", humanize(rest.len()), ends(rest.len()));
    }
    println!("  {} {} as now", humanize(preview.unchanged), ends(preview.unchanged));
    println!("Nothing has been changed.");
    Ok(())
}

const MINUTE: u64 = 60;
const BOUNDS: [(Duration, &str); 4] = [
    (Duration::from_secs(5 * MINUTE), "5 minutes"),
    (Duration::from_secs(60 * MINUTE), "an hour"),
    (Duration::from_secs(24 * 60 * MINUTE), "a day"),
    (Duration::from_secs(7 * 24 * 60 * MINUTE), "a week"),
];

fn ends(sessions: usize) -> &'static str {
    if sessions <= 1 { "ends" } else { "end" }
}
