//! Anything may happen, in any order, to three tabs of one browser: what must hold all the same.

use std::{collections::BTreeSet, time::Duration};

use proptest::prelude::*;

use super::{
    call::Call,
    server::{REFRESH, Reply, SESSION_LIFE, problem, wait_for},
    tab::Tab,
};
use crate::{Error, Identity, SessionEnd, Status};
use doorward_api::{EndReason, PolicyName};

const TABS: usize = 3;

/// What may happen.
#[derive(Clone, Debug)]
enum Happening {
    Call(usize),
    Login(usize, &'static str, PolicyName),
    Logout(usize),
    Look(usize),
    Show(usize),
    Hide(usize),
    /// Its page goes and comes back.
    ComeBack(usize),
    /// The person does not log in again.
    Leave(usize),
    Freeze(usize),
    Thaw(usize),
    Wait(u64),
    SetClock(i32),
    /// The server goes away, in one of its ways.
    Fail(usize),
    Recover,
    /// An administrator ends the session.
    End,
    ExpireTokens,
    /// The connections break that stand open.
    Cut,
}

fn happening() -> impl Strategy<Value = Happening> {
    let tab = 0..TABS;
    prop_oneof![
        6 => tab.clone().prop_map(Happening::Call),
        2 => (tab.clone(), prop_oneof![Just("ada"), Just("bob")], prop::sample::select(PolicyName::ALL.as_slice()))
            .prop_map(|(tab, user, policy)| Happening::Login(tab, user, policy)),
        1 => tab.clone().prop_map(Happening::Leave),
        1 => tab.clone().prop_map(Happening::Logout),
        2 => tab.clone().prop_map(Happening::Look),
        2 => tab.clone().prop_map(Happening::Show),
        1 => tab.clone().prop_map(Happening::Hide),
        1 => tab.clone().prop_map(Happening::ComeBack),
        1 => tab.clone().prop_map(Happening::Freeze),
        2 => tab.prop_map(Happening::Thaw),
        3 => (0_u64..400).prop_map(Happening::Wait),
        1 => (-4000..4000).prop_map(Happening::SetClock),
        1 => (0_usize..4).prop_map(Happening::Fail),
        2 => Just(Happening::Recover),
        1 => Just(Happening::End),
        1 => Just(Happening::ExpireTokens),
        1 => Just(Happening::Cut),
    ]
}

/// What somebody who watches the tabs knows.
struct Watched {
    tabs: Vec<Tab>,
    calls: Vec<Call<u16>>,
    frozen: BTreeSet<usize>,
    /// The session that each tab showed last.
    shown: Vec<Option<String>>,
    has_logged_out: bool,
    /// A login without a cookie has ended the session of the cookie, and perhaps no tab knew of both.
    has_lost_cookie: bool,
}

impl Watched {
    fn new(policy: PolicyName) -> Self {
        let first = Tab::logged_in(policy);
        let mut tabs: Vec<_> = (1..TABS).map(|_| first.beside(policy.credential_storage().is_cookie())).collect();
        tabs.iter().for_each(Tab::hydrate);
        tabs.push(first);
        for (tab, chance) in tabs.iter().zip([0.1, 0.5, 0.9]) {
            tab.core.platform.chance.set(chance);
        }
        let shown = vec![None; TABS];
        Self { tabs, calls: Vec::new(), frozen: BTreeSet::new(), shown, has_logged_out: false, has_lost_cookie: false }
    }

    fn happens(&mut self, what: &Happening) {
        let any = &self.tabs[0];
        match *what {
            // Nobody can do anything with a tab that stands still.
            Happening::Call(tab)
            | Happening::Login(tab, ..)
            | Happening::Leave(tab)
            | Happening::Logout(tab)
            | Happening::Look(tab)
            | Happening::Show(tab)
            | Happening::Hide(tab)
            | Happening::ComeBack(tab)
                if self.frozen.contains(&tab) => {}
            Happening::Call(tab) => {
                // The path says who was there when the call was made.
                let path = match self.tabs[tab].status().identity() {
                    Identity::User { id, .. } => format!("/api/of/{id}"),
                    Identity::Anonymous | Identity::Unknown => "/api/of/whoever".to_owned(),
                };
                self.calls.push(self.tabs[tab].get(&path));
            }
            Happening::Login(tab, user, policy) => {
                any.server.policy.set(policy);
                self.has_lost_cookie |= !policy.credential_storage().is_cookie();
                drop(self.tabs[tab].start_login_of(user));
            }
            Happening::Leave(tab) => {
                self.tabs[tab].core.leave();
                self.tabs[tab].run();
                self.has_logged_out = true;
            }
            Happening::Logout(tab) => {
                self.tabs[tab].logout();
                self.has_logged_out = true;
            }
            Happening::Look(tab) => self.tabs[tab].is_seen(),
            Happening::Show(tab) => self.tabs[tab].show(true),
            Happening::Hide(tab) => self.tabs[tab].show(false),
            Happening::ComeBack(tab) => {
                self.has_logged_out |= self.tabs[tab].core.is_own();
                self.tabs[tab].goes();
                self.tabs[tab].comes_back();
            }
            Happening::Freeze(tab) => {
                self.tabs[tab].freeze();
                self.frozen.insert(tab);
            }
            Happening::Thaw(tab) => {
                self.frozen.remove(&tab);
                self.tabs[tab].thaw();
            }
            Happening::Wait(seconds) => any.advance(Duration::from_secs(seconds)),
            Happening::SetClock(seconds) => any.set_clock_by(seconds.into()),
            Happening::Fail(way) => {
                let ways = [
                    Reply::Broken,
                    problem(401, "token_expired"),
                    wait_for(20, problem(503, "busy")),
                    super::server::reply(200, "<html>Welcome to the airport</html>"),
                ];
                any.server.answers(REFRESH, ways[way].clone());
            }
            Happening::Recover => any.server.recovers(REFRESH),
            Happening::End => {
                any.server.ends_session("revoked_by_admin");
                any.run();
            }
            Happening::ExpireTokens => any.server.expires_tokens(),
            Happening::Cut => {
                any.server.streams.cut();
                any.run();
            }
        }
    }

    /// Holds at every moment.
    fn check(&mut self) -> Result<(), TestCaseError> {
        let server = &self.tabs[0].server;
        for request in server.received() {
            let Some(person) = request.path.strip_prefix("/api/of/") else { continue };
            let owner = server.owner(&request);
            let is_theirs = person == "whoever" || owner.as_deref() == Some(person);
            prop_assert!(is_theirs, "{person}'s request had the proof of {owner:?}");
        }
        for (tab, shown) in self.tabs.iter().zip(&mut self.shown) {
            match tab.status() {
                Status::LoggedIn { session, .. } => *shown = Some(session.id),
                Status::Unknown | Status::ReauthRequired { .. } => {}
                Status::Anonymous { end: why } => {
                    let Some(last) = shown.take() else { continue };
                    let is_right = self.has_logged_out || server.is_over(&last, tab.world.elapsed());
                    prop_assert!(is_right, "{last} is live, and a tab says that it ended: {why:?}");
                    let is_known = why != Some(SessionEnd::new(EndReason::Unknown));
                    prop_assert!(is_known || self.has_lost_cookie, "nobody took the cookie away");
                }
            }
        }
        Ok(())
    }

    /// All goes well again: what must come of it.
    fn settles(mut self) -> Result<(), TestCaseError> {
        self.happens(&Happening::Recover);
        for tab in 0..TABS {
            self.happens(&Happening::Thaw(tab));
        }
        self.tabs[0].advance(Duration::from_mins(1));
        let refreshes = self.tabs[0].refreshes();
        for tab in 0..TABS {
            self.tabs[tab].is_seen();
            let call = self.tabs[tab].get("/api/other");
            // Where the session has lapsed, everything waits for somebody to decide.
            self.happens(&Happening::Leave(tab));
            _ = call.outcome();
        }
        self.tabs[0].advance(Duration::from_secs(2));
        self.check()?;

        let asked = self.tabs[0].refreshes() - refreshes;
        prop_assert!(asked <= TABS, "{asked} refreshes to settle");
        for call in self.calls {
            match call.outcome() {
                Ok(200 | 401) | Err(Error::SessionEnded { .. } | Error::Unreachable) => {}
                other => prop_assert!(false, "{other:?}"),
            }
        }
        let server = &self.tabs[0].server;
        for tab in &self.tabs {
            if let Status::LoggedIn { user, session } = tab.status() {
                if session.policy.credential_storage().is_cookie() {
                    prop_assert_eq!(Some(user.id), server.cookie_owner());
                }
                prop_assert!(!server.is_over(&session.id, tab.world.elapsed()));
            }
            prop_assert!(tab.is_online(), "the server is back");
            prop_assert!(tab.status() != Status::Unknown, "the server has been asked");
        }
        Ok(())
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    // 3, 7, 8, 13 to 16, 18, 20 to 24
    #[test]
    fn whatever_happens_nobody_is_logged_out_by_mistake_and_no_token_goes_astray(
        policy in prop::sample::select(PolicyName::ALL.as_slice()),
        happenings in prop::collection::vec(happening(), 1..40),
    ) {
        let mut watched = Watched::new(policy);
        for what in &happenings {
            watched.happens(what);
            watched.check()?;
        }
        watched.settles()?;
    }
}

#[test]
fn the_longest_play_is_shorter_than_a_session() {
    assert!(SESSION_LIFE > Duration::from_secs(40 * 400));
}
