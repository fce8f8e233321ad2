//! Random jumps of the clock, restarts and requests, compared with a model that has the right time.

use test_macros::app_test;

use crate::support::{Browser, TestApp};

const ADA: &str = "ada@example.com";
const LIFETIME: i64 = 40 * 3600;
const IDLE: i64 = 6 * 3600;

/// How much longer a session may live than intended: the time for which the clock was wrong, and a minute between writes.
const SLACK: i64 = 3000 + 60;

/// A small generator of numbers, the same in each run.
struct Numbers(u64);

impl Numbers {
    fn index(&mut self, length: usize) -> usize {
        usize::try_from(self.below(i64::try_from(length.max(1)).expect("a few"))).expect("not negative")
    }

    fn below(&mut self, limit: i64) -> i64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        i64::try_from(self.0 % limit.unsigned_abs()).expect("below an i64")
    }
}

/// A session, with moments by the right clock.
struct Modeled {
    browser: Browser,
    began: i64,
    used: i64,
    is_ended: bool,
}

struct World {
    app: TestApp,
    /// Seconds by the right clock.
    now: i64,
    /// By how much the server's clock is wrong, and since when.
    offset: i64,
    sessions: Vec<Modeled>,
    history: Vec<String>,
}

impl World {
    async fn advance(&mut self, seconds: i64) {
        self.app.advance(seconds.unsigned_abs());
        self.now += seconds;
        self.run_jobs().await;
    }

    async fn set_offset(&mut self, offset: i64) {
        self.app.shift_wall_clock(offset - self.offset);
        self.offset = offset;
        self.run_jobs().await;
    }

    async fn run_jobs(&mut self) {
        self.app.follow_clock().await;
        self.app.clean_up().await;
    }

    async fn use_session(&mut self, index: usize) {
        let (now, is_right) = (self.now, self.offset == 0);
        let session = &mut self.sessions[index];
        let refresh = session.browser.refresh().await.status;
        let me = session.browser.me().await.status;
        let history = self.history.join("\n");
        if session.is_ended {
            assert!(refresh != 200 && me != 200, "an ended session: {refresh} {me}\n{history}");
        } else if is_right {
            let (age, idle) = (now - session.began, now - session.used);
            if age < LIFETIME && idle < IDLE {
                assert_eq!(refresh, 200, "a live session, age {age}, idle {idle}\n{history}");
            } else if age > LIFETIME + SLACK || idle > IDLE + SLACK {
                assert_eq!(refresh, 401, "a session that is over, age {age}, idle {idle}\n{history}");
                session.is_ended = true;
            }
        }
        if refresh == 200 {
            session.used = now;
        }
    }

    async fn step(&mut self, numbers: &mut Numbers) {
        let index = numbers.index(self.sessions.len());
        let action = numbers.below(10);
        self.history.push(format!("{} (+{}): action {action} on {index}", self.now, self.offset));
        match action {
            0 if self.sessions.len() < 12 => {
                let browser = self.app.logged_in(ADA).await;
                self.sessions.push(Modeled { browser, began: self.now, used: self.now, is_ended: false });
            }
            1 if !self.sessions.is_empty() && self.offset == 0 => {
                let session = &mut self.sessions[index];
                session.browser.log_out().await;
                session.is_ended = true;
            }
            2 => self.app.restart().await,
            3..=5 if self.offset == 0 => {
                // Wrong for less than the hour after which it would be believed.
                let size = [20, 600, 3 * 3600, 40 * 86_400][numbers.index(4)];
                let jump = numbers.below(2 * size) - size;
                self.set_offset(jump).await;
                for _ in 0..numbers.below(4) {
                    if numbers.below(3) == 0 {
                        self.app.restart().await;
                    }
                    self.advance(numbers.below(700)).await;
                    if !self.sessions.is_empty() {
                        self.use_session(index).await;
                    }
                }
                self.set_offset(0).await;
                if numbers.below(2) == 0 {
                    self.app.restart().await;
                }
            }
            6 | 7 => {
                let hours = numbers.below(4);
                for _ in 0..hours * 4 {
                    self.advance(900).await;
                }
            }
            _ if !self.sessions.is_empty() => self.use_session(index).await,
            _ => {}
        }
    }
}

#[app_test(retention, server_session, sqlite)]
async fn no_clock_revives_ends_or_extends_a_session(app: TestApp) {
    app.restart_with(|settings| {
        settings.set("session_lifetime", "40h");
        settings.set("session_idle", "6h");
        settings.set("login_attempts", "off");
    })
    .await;
    let mut world = World { app, now: 0, offset: 0, sessions: Vec::new(), history: Vec::new() };
    let mut numbers = Numbers(0x5EED_C10C);
    for _ in 0..400 {
        world.step(&mut numbers).await;
        if world.sessions.len() == 12 {
            world.sessions.drain(..6);
        }
    }
}
