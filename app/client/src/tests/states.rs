//! The state machine by itself: what is late, and what moves the epoch.

use std::time::Duration;

use macro_rules_attribute::apply;

use super::{endpoints::refresh_token, server::Server};
use crate::{
    SessionEnd, Status,
    grant::Granted,
    platform::{Clocks, Moment},
    session::{Event, Session},
};
use doorward_api::{
    EndReason,
    PolicyName::{self, Banking},
};

const NOW: Moment = Moment(Duration::ZERO);

#[test]
fn whatever_comes_late_changes_nothing() {
    let session = Session::at_first(true);
    let late = session.epoch();
    let session = session.after(late, Event::LoggedOut, NOW);

    for event in [Event::Ended(Some(SessionEnd::new(EndReason::Idle))), Event::LoggedOut, Event::TimePassed] {
        let after = session.after(late, event, NOW);
        assert_eq!((after.epoch(), after.status()), (session.epoch(), session.status()));
    }
}

#[test]
fn the_epoch_moves_with_the_session_and_not_otherwise() {
    let session = Session::at_first(true);
    let moves = |event| session.after(session.epoch(), event, NOW).epoch() != session.epoch();

    assert!(moves(Event::LoggedOut));
    assert!(moves(Event::Ended(None)));
    assert!(!moves(Event::TimePassed));
}

#[test]
fn a_better_reason_may_come_late() {
    let session = Session::at_first(true);
    let unsure = session.after(session.epoch(), Event::Ended(Some(SessionEnd::new(EndReason::Unknown))), NOW);
    let why = Some(SessionEnd::new(EndReason::LoggedOut));

    let after = unsure.after(unsure.epoch(), Event::EndedElsewhere { session: None, why: why.clone() }, NOW);

    assert_eq!((after.epoch(), after.status()), (unsure.epoch(), Status::Anonymous { end: why }));
}

#[test]
fn what_is_over_does_not_end_again() {
    let session = Session::at_first(false);

    let after = session.after(session.epoch(), Event::Ended(Some(SessionEnd::new(EndReason::Idle))), NOW);

    assert_eq!(after.status(), Status::Anonymous { end: None });
}

fn granted(user: &str, policy: PolicyName) -> Box<Granted> {
    let server = Server::new(policy);
    let row = server.begins_session(user, Duration::ZERO);
    let grant = server.issue(row, refresh_token(policy.credential_storage(), row), Duration::ZERO).to_string();
    let now = Clocks { steady: NOW, wall: 0.0 };
    Granted::read(grant.as_bytes(), None, now, NOW, 0.0).expect("a grant")
}

fn logged_in(policy: PolicyName) -> Session {
    let session = Session::at_first(false);
    session.after(session.epoch(), Event::LoggedIn(granted("ada", policy)), NOW)
}

#[apply(under_each_policy!)]
fn only_what_nothing_renews_lapses(policy: PolicyName) {
    let session = logged_in(policy);
    let at_the_end = session.end().expect("an end");

    let after = session.after(session.epoch(), Event::TimePassed, at_the_end);

    let lapses = policy == Banking;
    assert_eq!(matches!(after.status(), Status::ReauthRequired { .. }), lapses);
    assert_eq!(after.epoch() == session.epoch(), lapses);
    assert_eq!(after.goes_on(session.epoch()), lapses);
}

#[test]
fn what_was_asked_before_the_end_goes_on_for_the_same_person_and_no_other() {
    let before = logged_in(Banking);
    let lapsed = before.after(before.epoch(), Event::TokenExpired, NOW);
    let again = |user| lapsed.after(lapsed.epoch(), Event::LoggedIn(granted(user, Banking)), NOW);

    assert!(again("ada").goes_on(before.epoch()) && again("ada").epoch() != before.epoch());
    assert!(!again("bob").goes_on(before.epoch()));
    for end in [Event::Left, Event::LoggedOut, Event::Ended(Some(SessionEnd::new(EndReason::Revoked)))] {
        assert!(!lapsed.after(lapsed.epoch(), end, NOW).goes_on(before.epoch()));
    }
}

#[test]
fn what_was_asked_before_somebody_elses_stay_does_not_come_back_with_the_person() {
    let first = logged_in(Banking);
    let and_then =
        |session: &Session, user| session.after(session.epoch(), Event::LoggedIn(granted(user, Banking)), NOW);

    let after = and_then(&and_then(&first, "bob"), "ada");

    assert!(!after.goes_on(first.epoch()));
}

#[test]
fn a_session_that_has_lapsed_hears_of_nothing_but_its_person_and_its_end() {
    let session = logged_in(Banking);
    let lapsed = session.after(session.epoch(), Event::TokenExpired, NOW);

    for event in [
        Event::TimePassed,
        Event::TokenExpired,
        Event::Restored(None),
        Event::Refreshed(granted("ada", Banking)),
        Event::RefreshedElsewhere(granted("bob", PolicyName::Retention)),
        Event::EndedElsewhere { session: None, why: None },
        Event::Ended(Some(SessionEnd::new(EndReason::Expired))),
    ] {
        assert_eq!(lapsed.after(lapsed.epoch(), event, NOW).status(), lapsed.status());
    }
}

#[test]
fn nobody_is_there_because_of_what_was_suspected_unless_a_better_reason_is_known() {
    let because = |reason| Some(SessionEnd::new(reason));
    let session = logged_in(PolicyName::Retention);
    let unsure = session.after(session.epoch(), Event::Restored(because(EndReason::Replaced)), NOW);
    for (said, why) in
        [(None, because(EndReason::Replaced)), (because(EndReason::Revoked), because(EndReason::Revoked))]
    {
        assert_eq!(unsure.after(unsure.epoch(), Event::Ended(said), NOW).status(), Status::Anonymous { end: why });
    }
}
