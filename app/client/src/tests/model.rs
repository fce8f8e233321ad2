//! Any events in any order, in three tabs of one browser: the invariants that must hold.

use std::{collections::BTreeSet, time::Duration};

use doorward_api::{EndReason, PolicyName};
use proptest::prelude::*;

use super::support::{
    call::Call,
    replies::{Reply, SESSION_LIFETIME, problem, reply, retry_after},
    server::REFRESH,
    tab::Tab,
};
use crate::{Error, Identity, SessionEnd, Status};

const TABS: usize = 3;

#[derive(Clone, Debug)]
enum Action {
    Call(usize),
    Login(usize, &'static str, PolicyName),
    Logout(usize),
    Resume(usize),
    Show(usize),
    Hide(usize),
    /// The page is hidden and restored.
    Restore(usize),
    /// The user cancels the reauthentication.
    Decline(usize),
    Freeze(usize),
    Thaw(usize),
    Wait(u64),
    ShiftWallClock(i32),
    /// Refreshes fail, in one of several ways.
    Fail(usize),
    Recover,
    /// An administrator revokes the session.
    Revoke,
    ExpireTokens,
    /// Open streams break.
    CutStreams,
}

fn action() -> impl Strategy<Value = Action> {
    let tab = 0..TABS;
    prop_oneof![
        6 => tab.clone().prop_map(Action::Call),
        2 => (tab.clone(), prop_oneof![Just("ada"), Just("bob")], prop::sample::select(PolicyName::ALL.as_slice()))
            .prop_map(|(tab, user, policy)| Action::Login(tab, user, policy)),
        1 => tab.clone().prop_map(Action::Decline),
        1 => tab.clone().prop_map(Action::Logout),
        2 => tab.clone().prop_map(Action::Resume),
        2 => tab.clone().prop_map(Action::Show),
        1 => tab.clone().prop_map(Action::Hide),
        1 => tab.clone().prop_map(Action::Restore),
        1 => tab.clone().prop_map(Action::Freeze),
        2 => tab.prop_map(Action::Thaw),
        3 => (0_u64..400).prop_map(Action::Wait),
        1 => (-4000..4000).prop_map(Action::ShiftWallClock),
        1 => (0_usize..4).prop_map(Action::Fail),
        2 => Just(Action::Recover),
        1 => Just(Action::Revoke),
        1 => Just(Action::ExpireTokens),
        1 => Just(Action::CutStreams),
    ]
}

/// The tabs, and what is known about them.
struct Model {
    tabs: Vec<Tab>,
    calls: Vec<Call<u16>>,
    frozen: BTreeSet<usize>,
    /// The session that each tab showed last.
    shown: Vec<Option<String>>,
    has_logged_out: bool,
    /// A login without a cookie may have ended the session of the cookie, and no tab has seen both sessions.
    has_lost_cookie: bool,
}

impl Model {
    fn new(policy: PolicyName) -> Self {
        let first = Tab::logged_in(policy);
        let mut tabs: Vec<_> = (1..TABS).map(|_| first.open_another(policy.credential_storage().is_cookie())).collect();
        tabs.iter().for_each(Tab::hydrate);
        tabs.push(first);
        for (tab, random) in tabs.iter().zip([0.1, 0.5, 0.9]) {
            tab.client.platform.random.set(random);
        }
        let shown = vec![None; TABS];
        Self { tabs, calls: Vec::new(), frozen: BTreeSet::new(), shown, has_logged_out: false, has_lost_cookie: false }
    }

    fn apply(&mut self, action: &Action) {
        let any = &self.tabs[0];
        match *action {
            // A frozen tab cannot be used.
            Action::Call(tab)
            | Action::Login(tab, ..)
            | Action::Decline(tab)
            | Action::Logout(tab)
            | Action::Resume(tab)
            | Action::Show(tab)
            | Action::Hide(tab)
            | Action::Restore(tab)
                if self.frozen.contains(&tab) => {}
            Action::Call(tab) => {
                // The path names the user who was logged in when the call was made.
                let path = match self.tabs[tab].status().identity() {
                    Identity::User { id, .. } => format!("/api/of/{id}"),
                    Identity::Anonymous | Identity::Unknown => "/api/of/anyone".to_owned(),
                };
                self.calls.push(self.tabs[tab].get(&path));
            }
            Action::Login(tab, user, policy) => {
                any.server.policy.set(policy);
                self.has_lost_cookie |= !policy.credential_storage().is_cookie();
                drop(self.tabs[tab].log_in_as(user));
            }
            Action::Decline(tab) => {
                self.tabs[tab].cancel_reauthentication();
                self.has_logged_out = true;
            }
            Action::Logout(tab) => {
                self.tabs[tab].log_out();
                self.has_logged_out = true;
            }
            Action::Resume(tab) => self.tabs[tab].resume(),
            Action::Show(tab) => self.tabs[tab].set_visible(true),
            Action::Hide(tab) => self.tabs[tab].set_visible(false),
            Action::Restore(tab) => {
                self.has_logged_out |= self.tabs[tab].client.session.is_tab_bound();
                self.tabs[tab].hide_page();
                self.tabs[tab].restore_page();
            }
            Action::Freeze(tab) => {
                self.tabs[tab].freeze();
                self.frozen.insert(tab);
            }
            Action::Thaw(tab) => {
                self.frozen.remove(&tab);
                self.tabs[tab].thaw();
            }
            Action::Wait(seconds) => any.advance(Duration::from_secs(seconds)),
            Action::ShiftWallClock(seconds) => any.shift_wall_clock(seconds.into()),
            Action::Fail(way) => {
                let failures = [
                    Reply::ConnectionLost,
                    problem(401, "token_expired"),
                    retry_after(20, problem(503, "busy")),
                    reply(200, "<html>Welcome to the airport</html>"),
                ];
                any.server.always_answers(REFRESH, failures[way].clone());
            }
            Action::Recover => any.server.recovers(REFRESH),
            Action::Revoke => {
                any.server.end_session("revoked_by_admin");
                any.run();
            }
            Action::ExpireTokens => any.server.expire_tokens(),
            Action::CutStreams => {
                any.server.streams.cut();
                any.run();
            }
        }
    }

    /// Invariants of every moment.
    fn check(&mut self) -> Result<(), TestCaseError> {
        let server = &self.tabs[0].server;
        for request in server.received() {
            let Some(user) = request.path.strip_prefix("/api/of/") else { continue };
            let owner = server.owner(&request);
            let is_theirs = user == "anyone" || owner.as_deref() == Some(user);
            prop_assert!(is_theirs, "a request of {user} had a credential of {owner:?}");
        }
        for (tab, shown) in self.tabs.iter().zip(&mut self.shown) {
            match tab.status() {
                Status::LoggedIn { session, .. } => *shown = Some(session.id),
                Status::Unknown | Status::ReauthRequired { .. } => {}
                Status::Anonymous { end } => {
                    let Some(last) = shown.take() else { continue };
                    let is_right = self.has_logged_out || server.has_ended(&last, tab.browser.elapsed());
                    prop_assert!(is_right, "{last} is active, and a tab shows that it ended: {end:?}");
                    let is_known = end != Some(SessionEnd::new(EndReason::Unknown));
                    prop_assert!(is_known || self.has_lost_cookie, "the cookie was not deleted");
                }
            }
        }
        Ok(())
    }

    /// Invariants after everything works again.
    fn check_settled(mut self) -> Result<(), TestCaseError> {
        self.apply(&Action::Recover);
        for tab in 0..TABS {
            self.apply(&Action::Thaw(tab));
        }
        self.tabs[0].advance(Duration::from_mins(1));
        let refreshes = self.tabs[0].refreshes();
        for tab in 0..TABS {
            self.tabs[tab].resume();
            let call = self.tabs[tab].get("/api/other");
            // If the session requires reauthentication, the call waits for a decision of the user.
            self.apply(&Action::Decline(tab));
            _ = call.result();
        }
        self.tabs[0].advance(Duration::from_secs(2));
        self.check()?;

        let settling = self.tabs[0].refreshes() - refreshes;
        prop_assert!(settling <= TABS, "{settling} refreshes to settle");
        for call in self.calls {
            match call.result() {
                Ok(200 | 401)
                | Err(Error::SessionEnded { .. } | Error::Unreachable | Error::InvalidResponse { .. }) => {}
                other => prop_assert!(false, "{other:?}"),
            }
        }
        let server = &self.tabs[0].server;
        for tab in &self.tabs {
            if let Status::LoggedIn { user, session } = tab.status() {
                if session.policy.credential_storage().is_cookie() {
                    prop_assert_eq!(Some(user.id), server.cookie_owner());
                }
                prop_assert!(!server.has_ended(&session.id, tab.browser.elapsed()));
            }
            prop_assert!(tab.is_online(), "the server has recovered");
            prop_assert!(tab.status() != Status::Unknown, "a refresh has been sent");
        }
        Ok(())
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    // Behavior 3, 7, 8, 13, 14, 15, 16, 18, 20, 21, 22, 23, 24.
    #[test]
    fn no_user_is_logged_out_by_mistake_and_no_credential_is_sent_for_another_user(
        policy in prop::sample::select(PolicyName::ALL.as_slice()),
        actions in prop::collection::vec(action(), 1..40),
    ) {
        let mut model = Model::new(policy);
        for action in &actions {
            model.apply(action);
            model.check()?;
        }
        model.check_settled()?;
    }
}

#[test]
fn the_longest_play_is_shorter_than_a_session() {
    assert!(SESSION_LIFETIME > Duration::from_secs(40 * 400));
}
