//! Messages to systemd (`Type=notify-reload`, `WatchdogSec=`).

use std::{io, os::unix::net::UnixDatagram, time::Duration};

use crate::support::{Database, ServerProcess};

/// The next message that begins like this.
fn wait_for(socket: &UnixDatagram, start: &str) -> String {
    let mut buffer = [0; 4096];
    loop {
        let length = socket.recv(&mut buffer).unwrap_or_else(|error| panic!("{start}: {error}"));
        let message = String::from_utf8_lossy(&buffer[..length]).into_owned();
        if message.starts_with(start) {
            return message;
        }
        assert!(message.starts_with("WATCHDOG=1"), "{message} instead of {start}");
    }
}

fn receives(socket: &UnixDatagram) -> io::Result<usize> {
    socket.recv(&mut [0; 4096])
}

#[tokio::test(flavor = "multi_thread")]
async fn systemd_is_notified_of_the_start_a_reload_and_the_stop() {
    let database = Database::sqlite();
    let path = database.folder.path().join("notify");
    let socket = UnixDatagram::bind(&path).expect("a socket");
    socket.set_read_timeout(Some(Duration::from_secs(10))).expect("a timeout");
    let path = path.display().to_string();
    let settings = [("NOTIFY_SOCKET", path.as_str()), ("WATCHDOG_USEC", "3000000")];

    let mut server = ServerProcess::start_with(&database, &settings).await;
    wait_for(&socket, "READY=1");
    wait_for(&socket, "WATCHDOG=1");
    wait_for(&socket, "WATCHDOG=1");

    server.signal("-HUP").await;
    let reloading = wait_for(&socket, "RELOADING=1");
    let time = reloading.lines().find_map(|line| line.strip_prefix("MONOTONIC_USEC=")).expect("a time");
    assert!(time.parse::<u64>().expect("a number") > 0);
    wait_for(&socket, "READY=1");

    server.signal("-TERM").await;
    wait_for(&socket, "STOPPING=1");
    assert!(server.exit_status().await.success());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_hangs_no_longer_feeds_the_watchdog() {
    let database = Database::sqlite();
    let path = database.folder.path().join("notify");
    let socket = UnixDatagram::bind(&path).expect("a socket");
    socket.set_read_timeout(Some(Duration::from_secs(10))).expect("a timeout");
    let path = path.display().to_string();
    let settings = [("NOTIFY_SOCKET", path.as_str()), ("WATCHDOG_USEC", "300000")];
    let server = ServerProcess::start_with(&database, &settings).await;
    wait_for(&socket, "READY=1");
    wait_for(&socket, "WATCHDOG=1");

    server.signal("-STOP").await;

    socket.set_read_timeout(Some(Duration::from_secs(1))).expect("a timeout");
    // What was sent before may still be read.
    let mut last = receives(&socket);
    while last.is_ok() {
        last = receives(&socket);
    }
    server.signal("-CONT").await;
    socket.set_read_timeout(Some(Duration::from_secs(10))).expect("a timeout");
    wait_for(&socket, "WATCHDOG=1");
}

#[tokio::test]
async fn without_systemd_nothing_is_sent_and_a_socket_that_is_gone_does_no_harm() {
    let database = Database::sqlite();
    let settings = [("NOTIFY_SOCKET", "/no/such/socket"), ("WATCHDOG_USEC", "many")];
    let mut server = ServerProcess::start_with(&database, &settings).await;
    server.signal("-HUP").await;
    server.log_in("ada@example.com").await.expect("a login");
    server.signal("-TERM").await;
    assert!(server.exit_status().await.success());
}
