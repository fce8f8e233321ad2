//! On which databases and under which policies a test runs: each time with an app and a database of its own.

/// Makes two tests of a function, `…::sqlite` and `…::postgres`, under the default policy.
macro_rules! on_both_databases {
    ($(#[$about:meta])* async fn $name:ident($app:ident: TestApp) $body:block) => {
        $(#[$about])*
        async fn $name($app: $crate::fixture::TestApp) $body

        mod $name {
            use crate::fixture::{Database, TestApp};

            #[tokio::test]
            async fn sqlite() {
                Box::pin(super::$name(TestApp::start(Database::sqlite()).await)).await;
            }

            #[tokio::test]
            async fn postgres() {
                Box::pin(super::$name(TestApp::start(Database::postgres().await).await)).await;
            }
        }
    };
}

/// Makes eight tests of a function, `…::retention::sqlite` and so on: for sentences that hold whatever the policy.
macro_rules! under_each_policy {
    ($($test:tt)*) => {
        under_policies! {
            [retention Retention, server_session ServerSession, memory_only MemoryOnly, banking Banking] $($test)*
        }
    };
}

/// The same where a use prolongs the session: wherever the browser keeps anything.
macro_rules! under_policies_that_renew {
    ($($test:tt)*) => {
        under_policies! { [retention Retention, server_session ServerSession, memory_only MemoryOnly] $($test)* }
    };
}

/// The same where requests are proved by an access token.
macro_rules! under_policies_with_access_tokens {
    ($($test:tt)*) => {
        under_policies! { [retention Retention, memory_only MemoryOnly, banking Banking] $($test)* }
    };
}

/// The same where there is a refresh token, in a cookie or in the browser's memory.
macro_rules! under_policies_with_refresh_tokens {
    ($($test:tt)*) => {
        under_policies! { [retention Retention, memory_only MemoryOnly] $($test)* }
    };
}

/// The same where the browser keeps the session in a cookie, for all its tabs.
macro_rules! under_policies_with_cookies {
    ($($test:tt)*) => {
        under_policies! { [retention Retention, server_session ServerSession] $($test)* }
    };
}

macro_rules! under_policies {
    (
        [$($policy:ident $variant:ident),*]
        $(#[$about:meta])* async fn $name:ident($app:ident: TestApp) $body:block
    ) => {
        $(#[$about])*
        async fn $name($app: $crate::fixture::TestApp) $body

        mod $name {
            $(mod $policy {
                use crate::fixture::{Database, TestApp};
                use doorward_api::PolicyName::$variant as POLICY;

                #[tokio::test]
                async fn sqlite() {
                    Box::pin(super::super::$name(TestApp::start_under(POLICY, Database::sqlite()).await)).await;
                }

                #[tokio::test]
                async fn postgres() {
                    let database = Database::postgres().await;
                    Box::pin(super::super::$name(TestApp::start_under(POLICY, database).await)).await;
                }
            })*
        }
    };
}
