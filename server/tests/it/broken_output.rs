//! Output that cannot be written: a full disk, a reader that has gone, a pipe without a reader. The program does its work
//! all the same.

use std::{
    fs::{File, OpenOptions},
    io::pipe,
    process::Stdio,
};

use test_macros::app_test;

use crate::support::{Database, ServerProcess, TestApp, eventually, run_cli_with_output};

const ADA: &str = "ada@example.com";

/// With this, each request writes a line of its own.
const VERBOSE: &[(&str, &str)] = &[("DOORWARD_LOG", "debug")];

fn full_disk() -> File {
    OpenOptions::new().write(true).open("/dev/full").expect("a device that is always full")
}

/// A pipe whose reader has gone.
fn closed_pipe() -> Stdio {
    let (_, writer) = pipe().expect("a pipe");
    writer.into()
}

async fn dropped_lines(server: &ServerProcess) -> u64 {
    let metrics = server.get("/metrics").await;
    let value = metrics.lines().find_map(|line| line.strip_prefix("doorward_log_lines_dropped_total "));
    value.expect("the metric").trim().parse().expect("a number")
}

async fn stop(mut server: ServerProcess) {
    server.signal("-TERM").await;
    let status = server.exit_status().await;
    assert!(status.success(), "{status}");
}

#[app_test]
async fn a_log_that_cannot_be_written_loses_its_lines_and_nothing_else(app: TestApp) {
    for log in [Stdio::from(full_disk()), closed_pipe()] {
        let server = ServerProcess::start_with_log(app.database(), VERBOSE, log).await;
        let ada = server.log_in(ADA).await.expect("a login");

        app.database().break_table("sessions").await;
        for _ in 0..3 {
            let (status, _, _) = server.send("POST", "/api/auth/logout", &ada, "").await.expect("a response");
            assert_eq!(status, 503);
        }
        app.database().repair_table("sessions").await;

        assert_eq!(server.me(&ada).await.expect("a response").0, 200);
        assert!(dropped_lines(&server).await > 3);
        stop(server).await;
    }
}

#[tokio::test]
async fn a_pipe_that_nobody_reads_blocks_neither_requests_nor_the_shutdown() {
    const PIPE_CAPACITY: u64 = 65_536;
    let database = Database::sqlite();
    let (reader, writer) = pipe().expect("a pipe");
    let server = ServerProcess::start_with_log(&database, &[("DOORWARD_LOG", "trace")], writer).await;
    let ada = server.log_in(ADA).await.expect("a login");

    // Each of these lines has more than a byte: after so many, the pipe and the queue are full.
    for _ in 0..PIPE_CAPACITY {
        if dropped_lines(&server).await > 0 {
            break;
        }
    }

    assert!(dropped_lines(&server).await > 0);
    assert_eq!(server.me(&ada).await.expect("a response").0, 200);
    assert!(server.get("/readyz").await.starts_with("HTTP/1.1 200"));
    stop(server).await;
    drop(reader);
}

#[tokio::test]
async fn a_server_starts_and_stops_without_any_output() {
    let database = Database::sqlite();
    let outputs: [fn() -> Stdio; 2] = [|| full_disk().into(), closed_pipe];
    for output in outputs {
        stop(ServerProcess::start_with_output(&database, output(), output()).await).await;
    }
}

#[app_test]
async fn a_command_without_a_reader_ends_quietly_and_is_carried_out(app: TestApp) {
    app.set_wall_clock_to_now();
    app.logged_in(ADA).await;
    let user = "user disable ada@example.com --yes";
    for arguments in
        ["openapi", "user list", "policy show", "session list", "--help", user, "user enable ada@example.com"]
    {
        let outputs: [fn() -> Stdio; 2] = [|| full_disk().into(), closed_pipe];
        for output in outputs {
            let outcome = run_cli_with_output(app.database(), arguments, output()).await;
            assert_eq!(outcome, (0, String::new()), "{arguments}");
        }
        if arguments == user {
            assert_ne!(app.database().value("select disabled_at from users").await, "null");
        }
    }
    eventually(async || app.database().value("select disabled_at from users").await == "null").await;
}
