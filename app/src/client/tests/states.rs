//! The state machine by itself: what is late, and what moves the epoch.

use std::time::Duration;

use crate::{
    api::EndReason,
    client::{
        End, Status,
        platform::Moment,
        session::{Event, Session},
    },
};

const NOW: Moment = Moment(Duration::ZERO);

#[test]
fn whatever_comes_late_changes_nothing() {
    let session = Session::at_first(true);
    let late = session.epoch();
    let session = session.after(late, Event::LoggedOut, NOW);

    for event in [Event::Ended(Some(End::because(EndReason::Idle))), Event::LoggedOut, Event::TimePassed] {
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
    let unsure = session.after(session.epoch(), Event::Ended(Some(End::because(EndReason::Unknown))), NOW);
    let why = Some(End::because(EndReason::LoggedOut));

    let after = unsure.after(unsure.epoch(), Event::EndedElsewhere { session: None, why: why.clone() }, NOW);

    assert_eq!((after.epoch(), after.status()), (unsure.epoch(), Status::Anonymous { why }));
}

#[test]
fn what_is_over_does_not_end_again() {
    let session = Session::at_first(false);

    let after = session.after(session.epoch(), Event::Ended(Some(End::because(EndReason::Idle))), NOW);

    assert_eq!(after.status(), Status::Anonymous { why: None });
}
