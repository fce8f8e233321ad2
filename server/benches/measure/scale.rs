//! A million sessions on SQLite: startup time, idle CPU, and the time to apply a stricter policy.

use std::{
    thread,
    time::{Duration, Instant},
};

use server::clock::Clock;

use crate::{
    Figure, Result, database,
    server_process::{Server, TempFolder},
};

const SESSIONS: u32 = 1_000_000;

/// For how long the CPU time of an idle server is measured.
const IDLE: Duration = Duration::from_secs(15);

/// Startup jobs scan all live sessions; the measurement waits for them.
const SETTLE: Duration = Duration::from_secs(30);

const DAY: i64 = 24 * 3_600_000;

/// The indexes of earlier versions, for comparison.
const FORMER_INDEXES: &str = "drop index sessions_by_end; drop index live_sessions; \
     create index sessions_by_end on sessions (ended_at, session_id, end_reason, tokens_until)";

pub(crate) fn measure() -> Result<Vec<Figure>> {
    let ended = TempFolder::create("bench-ended")?;
    fill(&ended, "ended_at, end_reason", |now| format!("{now} - 1800000 - n * 60, 'revoked'"))?;
    let started_in = Server::start(&ended)?.started_in;
    drop(ended);

    let live = TempFolder::create("bench-live")?;
    fill(&live, "label", |_| "null".into())?;
    let idle = idle_cpu(&live)?;
    let migrated_in = migrate(&live)?;
    database::execute(&url(&live), FORMER_INDEXES.into())?;
    let with_former_indexes = idle_cpu(&live)?;
    Ok(vec![
        Figure {
            label: "Start, 1,000,000 sessions ended within the last day",
            result: format!("{:.2} s", started_in.as_secs_f64()),
            goal: Some(("≤ 2 s", started_in <= Duration::from_secs(2))),
        },
        Figure {
            label: "CPU of an idle server, 1,000,000 live sessions",
            result: format!("{idle:.1} % of a core"),
            goal: Some(("≤ 1 %", idle <= 1.0)),
        },
        Figure { label: "The same with the former indexes", result: format!("{with_former_indexes:.1} %"), goal: None },
        Figure {
            label: "Stricter policy, 1,000,000 live sessions shortened",
            result: format!("{:.0} s", migrated_in.as_secs_f64()),
            goal: None,
        },
    ])
}

fn url(data: &TempFolder) -> String {
    format!("sqlite://{}", data.path().join("data/doorward.db").display())
}

/// Inserts the sessions, a day old and used an hour ago.
fn fill(data: &TempFolder, columns: &str, values: impl Fn(i64) -> String) -> Result<()> {
    drop(Server::start(data)?);
    let now = Clock::system().now().0;
    let (created, used, expires) = (now - DAY, now - 3_600_000, now + 29 * DAY);
    let values = values(now);
    database::execute(
        &url(data),
        format!(
            "insert into users (user_id, email, name, roles, password_hash, password_version, created_at) \
             values ('ada', 'ada@example.com', 'Ada', '', '', 1, {created}); \
             with recursive numbers (n) as (select 1 union all select n + 1 from numbers where n < {SESSIONS}) \
             insert into sessions (session_id, user_id, policy, token_hash, browser, os, ip, created_at, last_used_at, \
                                   expires_at, idle_limit, may_end_at, {columns}) \
             select printf('%08x', (n * 2654435761) % 4294967296) || hex(randomblob(12)), 'ada', 'retention', \
                    printf('%032x', n), 'Firefox', 'Linux', '127.0.0.1', {created}, {used}, {expires}, {}, {}, {values} \
             from numbers",
            14 * DAY,
            created + 14 * DAY,
        ),
    )
}

/// The CPU time of an idle server, in percent of a core.
fn idle_cpu(data: &TempFolder) -> Result<f64> {
    let server = Server::start(data)?;
    thread::sleep(SETTLE);
    let before = server.cpu_time()?;
    thread::sleep(IDLE);
    Ok((server.cpu_time()? - before) / IDLE.as_secs_f64() / 10.0)
}

/// The time from a start under a stricter policy until every session is shortened.
fn migrate(data: &TempFolder) -> Result<Duration> {
    let start = Instant::now();
    let settings = [("DOORWARD_SESSION_LIFETIME", "7d"), ("DOORWARD_SESSION_IDLE", "5d")];
    let _server = Server::start_with(data, &settings)?;
    let longer = format!("select count(*) from sessions where expires_at > created_at + {}", 7 * DAY);
    while database::number(&url(data), &longer)? > 0 {
        thread::sleep(Duration::from_secs(2));
    }
    Ok(start.elapsed())
}
