//! The database: version, isolation, pooler, room for connections, clock.

use std::time::Duration;

use super::report::Report;
use crate::{
    clock::Clock,
    config::Config,
    store::{Diagnosis, Store},
};

/// Differences of clocks that do no harm, and that expire tokens and sessions at the wrong time.
const SMALL_SKEW: Duration = Duration::from_secs(2);
const LARGE_SKEW: Duration = Duration::from_mins(1);

pub(super) async fn check(store: &Store, config: &Config, clock: &Clock, report: &mut Report) {
    match store.diagnose(&config.database()).await {
        Ok(Diagnosis::Sqlite { version, check }) if check == "ok" => {
            report.ok("database", format!("SQLite {version}, undamaged"));
        }
        Ok(Diagnosis::Sqlite { check, .. }) => {
            report.fail("database", format!("is damaged ({}); restore a backup", check.replace('\n', " ")));
        }
        Ok(Diagnosis::Postgres { version, isolation, is_pooled, connections, max_connections, now }) => {
            report.ok("database", format!("Postgres {version}"));
            check_isolation(&isolation, report);
            if is_pooled {
                report.warn(
                    "pooler",
                    "in transaction mode: notifications between nodes do not arrive, so ends of sessions wait for the next poll",
                );
            }
            // A pool, and one connection that listens to the other nodes.
            let of_node = i64::from(config.connections().max) + 1;
            check_connections(connections, max_connections, of_node, report);
            check_clock(Duration::from_millis(now.0.abs_diff(clock.now().0)), report);
        }
        Err(error) => report.fail("database", error),
    }
}

fn check_isolation(isolation: &str, report: &mut Report) {
    if isolation == "read committed" {
        report.ok("isolation", isolation);
    } else {
        report.warn(
            "isolation",
            format!("{isolation}: transactions that collide are tried again; `read committed` is enough"),
        );
    }
}

fn check_connections(connections: i64, max: i64, of_node: i64, report: &mut Report) {
    let text = format!("{connections} of {max} are in use, and each node needs up to {of_node}");
    if max - connections < of_node {
        report.warn("connections", format!("{text}: a further node may get none; raise `max_connections` of Postgres"));
    } else {
        report.ok("connections", text);
    }
}

fn check_clock(skew: Duration, report: &mut Report) {
    let text = format!("differs by {} ms from that of the database", skew.as_millis());
    if skew > LARGE_SKEW {
        report.fail("clock", format!("{text}; synchronize both, for example with chrony"));
    } else if skew > SMALL_SKEW {
        report.warn("clock", format!("{text}; synchronize both, for example with chrony"));
    } else {
        report.ok("clock", text);
    }
}
