//! `doorward events export`.

use std::{fs::OpenOptions, io::pipe};

use serde_json::Value;
use test_macros::app_test;

use crate::support::{Database, TestApp, run_cli, run_cli_with_output};

const ADA: &str = "ada@example.com";

async fn export(app: &TestApp, arguments: &str) -> Vec<Value> {
    let output = run_cli(app.database(), &format!("events export{arguments}"), "").await.assert_success();
    output.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

/// Events, one a second; every fourth happens at the same time as the one before.
async fn add_events(database: &Database, count: u64) {
    for numbers in (0..count).collect::<Vec<_>>().chunks(500) {
        let rows = numbers.iter().map(|number| {
            let second = if number % 4 == 3 { number - 1 } else { *number };
            // Ids in another order than times.
            format!("('{:05}x{number}', {}, 'login_failed')", count - number, 1_767_225_600_000 + 1000 * second)
        });
        let rows = rows.collect::<Vec<_>>().join(", ");
        database.execute(format!("insert into events (event_id, happened_at, kind) values {rows}")).await;
    }
}

#[app_test]
async fn every_event_is_exported_once_and_in_order(app: TestApp) {
    add_events(app.database(), 1203).await;

    let events = export(&app, "").await;

    assert_eq!(events.len(), 1203);
    let key = |event: &Value| (event["happened_at"].to_string(), event["id"].to_string());
    assert!(events.is_sorted_by(|one, next| key(one) < key(next)), "in order, without repetitions");
}

#[app_test]
async fn an_export_starts_at_a_time_or_so_long_ago(app: TestApp) {
    add_events(app.database(), 10).await;
    assert_eq!(export(&app, " --since 2026-01-01T00:00:05Z --format jsonl").await.len(), 5);
    assert_eq!(export(&app, " --since 2026-01-01T01:00:05+01:00").await.len(), 5);
    assert_eq!(export(&app, " --since 3000d").await.len(), 10);
    assert_eq!(export(&app, " --since 0s").await, Vec::<Value>::new());
    app.set_wall_clock_to_now();
    app.logged_in(ADA).await;
    let recent = export(&app, " --since 1h").await;
    assert_eq!(recent.len(), 2);
    assert_eq!((&recent[1]["email"], &recent[1]["kind"]), (&ADA.into(), &"logged_in".into()));

    for arguments in
        ["events export --since yesterday", "events export --since 2026-01-01", "events export --format csv"]
    {
        let output = run_cli(app.database(), arguments, "").await;
        assert_eq!((output.status, output.stdout.as_str()), (2, ""), "{output:?}");
    }
}

#[tokio::test]
async fn a_reader_that_has_gone_ends_it_quietly_and_a_full_disk_does_not() {
    let app = TestApp::start(Database::sqlite()).await;
    add_events(app.database(), 1000).await;
    let (_, closed) = pipe().expect("a pipe");
    assert_eq!(run_cli_with_output(app.database(), "events export", closed).await, (0, String::new()));

    let full = OpenOptions::new().write(true).open("/dev/full").expect("a device that is always full");
    let (status, error) = run_cli_with_output(app.database(), "events export", full).await;
    assert_eq!(status, 1);
    assert!(error.starts_with("doorward: the export is incomplete: ") && error.lines().count() == 1, "{error}");
}
