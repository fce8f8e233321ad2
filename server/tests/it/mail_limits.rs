//! How many mails strangers can cause.

use std::net::IpAddr;

use server::{login::rate_limiter::Limiter, model::email::Email};
use test_macros::app_test;

use crate::support::TestApp;

async fn may_mail(app: &TestApp, to: &str, from: &str) -> bool {
    let (to, from) = (Email::parse(to).expect("an email"), from.parse::<IpAddr>().expect("an address"));
    Limiter::may_mail(&app.state().limiter, &to, from).await.expect("the database works")
}

/// Each from another network.
async fn mails_to_ada(app: &TestApp, count: u32, seed: u32) -> usize {
    let mut sent = 0;
    for number in 0..count {
        let from = IpAddr::from((0x0A00_0000 + seed * 1000 + number).to_be_bytes()).to_string();
        sent += usize::from(may_mail(app, "ada@example.com", &from).await);
    }
    sent
}

#[app_test]
async fn three_mails_an_hour_and_ten_a_day_go_to_one_address_on_all_nodes_together(app: TestApp) {
    let other = app.another_node().await;
    assert_eq!(mails_to_ada(&app, 2, 0).await + mails_to_ada(&other, 5, 1).await, 3);
    assert!(may_mail(&app, "bob@example.com", "192.0.2.1").await, "another address has its own");
    app.advance(3599);
    assert_eq!(mails_to_ada(&app, 5, 2).await, 0);
    app.advance(1);
    assert_eq!(mails_to_ada(&app, 5, 3).await, 3);
    app.advance(3600);
    assert_eq!(mails_to_ada(&other, 5, 4).await, 3);
    app.advance(3600);
    assert_eq!(mails_to_ada(&app, 5, 5).await, 1, "the tenth");
    app.restart().await;
    app.advance(20 * 3600);
    assert_eq!(mails_to_ada(&app, 5, 6).await, 0);
    app.advance(3600);
    assert_eq!(mails_to_ada(&app, 5, 7).await, 3, "a day after the first three");
}

#[app_test]
async fn ten_mails_an_hour_are_caused_by_one_network(app: TestApp) {
    for (networks, other) in [(["192.0.2.1"; 2], "192.0.2.2"), (["2001:db8::1", "2001:db8::2"], "2001:db8:0:1::1")] {
        let mut sent = 0;
        for number in 0..20 {
            let to = format!("user{number}-{other}@example.com").replace(':', "-");
            sent += usize::from(may_mail(&app, &to, networks[number % 2]).await);
        }
        assert_eq!(sent, 10);
        assert!(may_mail(&app, "eve@example.com", other).await, "another network has its own");
    }
}

#[app_test]
async fn many_at_once_get_no_more_than_one_after_the_other(app: TestApp) {
    let sent = futures::future::join_all((0..20).map(|seed| mails_to_ada(&app, 1, seed))).await;
    assert_eq!(sent.into_iter().sum::<usize>(), 3);
}

#[app_test]
async fn the_table_of_limits_is_no_list_of_addresses_and_does_not_grow(app: TestApp) {
    mails_to_ada(&app, 3, 0).await;
    assert!(!app.database().contents().await.contains("ada@example.com"));
    assert_eq!(app.database().value("select count(*) from mail_limits").await, "4");
    app.advance(24 * 3600 + 1);
    app.clean_up().await;
    assert_eq!(app.database().value("select count(*) from mail_limits").await, "0");
}

#[app_test]
async fn without_limits_for_logins_there_are_none_for_mails(app: TestApp) {
    app.restart_with(|settings| settings.set("login_attempts", "off")).await;
    assert_eq!(mails_to_ada(&app, 20, 0).await, 20);
}
