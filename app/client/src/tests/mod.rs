//! The behaviour of the client, interleaving by interleaving, without a browser, a network or real time.
//! The numbers are those of the client's specification.

/// Makes a test of a function under each of these policies.
macro_rules! under {
    ([$($test:ident: $policy:ident),+] $(#[$about:meta])* fn $name:ident($under:ident: PolicyName) $body:block) => {
        $(#[$about])*
        fn $name($under: doorward_api::PolicyName) $body

        mod $name {
            $(#[test]
            fn $test() {
                super::$name(doorward_api::PolicyName::$policy);
            })+
        }
    };
}

macro_rules! under_each_policy {
    ($($test:tt)+) => {
        under! { [
            retention: Retention, server_session: ServerSession, memory_only: MemoryOnly, banking: Banking
        ] $($test)+ }
    };
}

/// Where the session goes on when a token has come to its end.
macro_rules! under_renewable_policies {
    ($($test:tt)+) => {
        under! { [retention: Retention, server_session: ServerSession, memory_only: MemoryOnly] $($test)+ }
    };
}

/// Where an access token proves each request.
macro_rules! under_token_policies {
    ($($test:tt)+) => {
        under! { [retention: Retention, memory_only: MemoryOnly, banking: Banking] $($test)+ }
    };
}

/// Where a refresh brings the next token.
macro_rules! under_refreshing_policies {
    ($($test:tt)+) => { under! { [retention: Retention, memory_only: MemoryOnly] $($test)+ } };
}

/// Where all tabs have the session.
macro_rules! under_cookie_policies {
    ($($test:tt)+) => { under! { [retention: Retention, server_session: ServerSession] $($test)+ } };
}

/// Where the session lives and dies with its tab.
macro_rules! under_policies_of_one_tab {
    ($($test:tt)+) => { under! { [memory_only: MemoryOnly, banking: Banking] $($test)+ } };
}

mod alone;
mod bodies;
mod call;
mod cookie_proof;
mod end;
mod endpoints;
mod every_order;
mod fake;
mod grants;
mod json;
mod lapse;
mod last_minutes;
mod login;
mod logout;
#[cfg(feature = "measure")]
mod measure;
mod model;
mod orders;
mod orders_alone;
mod people;
mod push;
mod refresh;
mod refusal;
mod replies;
mod server;
mod start;
mod states;
mod streams;
mod tab;
mod tabs;
mod time;
mod unreachable;
mod world;
