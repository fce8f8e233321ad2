use crate::messages::home::Home;

pub(super) const HOME: Home = Home {
    title: "A complete login for Rust web apps",
    lead: "Accounts, sessions and tokens in one binary, built with Axum and Leptos. This is a live demo.",
    create_account: "Create account",
    log_in: "Log in",
    account: "Account",
    logged_in_as: "Logged in as {name}",
    how: "How a session works",
    storage: "No tokens in storage",
    storage_fact: "Your credentials stay in this tab's memory or in a cookie that scripts can't read.",
    end: "A fixed end",
    end_fact: "The end of a session is set when you log in. Refreshing a token never extends it.",
    logout: "Logged out means logged out",
    logout_fact: "When you log out, your tokens stop working right away, not when they expire.",
};
