//! A password change replaces the id and the credentials of the session.
//!
//! Behavior 38.

use super::support::{
    policies::{EACH, WITH_COOKIE, under},
    replies::problem,
    server::{ME, PASSWORD},
    tab::Tab,
};
use crate::Error;

#[test]
fn the_tab_stays_logged_in_with_its_new_credentials() {
    under(EACH, |policy| {
        let tab = Tab::logged_in(policy);
        tab.set_visible(true);
        let (id, epoch) = (tab.client.session.id(), tab.client.session.epoch());

        tab.change_password().succeeded();

        assert_ne!(tab.client.session.id(), id);
        assert_eq!(tab.client.session.epoch(), epoch, "the page stays as it is");
        assert_eq!(tab.get(ME).succeeded(), 200);
        assert_eq!(tab.server.count(ME), 1, "no request is rejected");
        tab.change_password().succeeded();
        assert_eq!(tab.get(ME).succeeded(), 200);
    });
}

#[test]
fn the_other_tabs_stay_logged_in() {
    under(WITH_COOKIE, |policy| {
        let tab = Tab::logged_in(policy);
        let other = tab.another_logged_in();
        let epoch = other.client.session.epoch();
        for tab in [&tab, &other] {
            tab.set_visible(true);
        }

        tab.change_password().succeeded();

        for tab in [&other, &tab] {
            assert_eq!(tab.get(ME).succeeded(), 200);
        }
        assert_eq!(other.client.session.epoch(), epoch);
    });
}

#[test]
fn a_refused_change_changes_nothing() {
    under(EACH, |policy| {
        let tab = Tab::logged_in(policy);
        let id = tab.client.session.id();
        tab.server.always_answers(PASSWORD, problem(401, "invalid_credentials"));

        assert!(matches!(tab.change_password().failed(), Error::Problem(_)));

        assert_eq!(tab.client.session.id(), id);
        assert_eq!(tab.get(ME).succeeded(), 200);
    });
}
