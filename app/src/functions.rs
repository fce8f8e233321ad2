//! Server functions: called in the browser like any function, run on the server.
//!
//! Each asks for its caller itself. Whoever renders a page calls it directly, past every route and its checks.

use leptos::server;

use doorward::{AuthenticatedClient, Error, Json};

/// Gives the person who is logged in another name.
#[server(client = AuthenticatedClient, prefix = "/api/fn", endpoint = "change_name", input = Json, output = Json)]
pub async fn change_name(
    /// A missing name reads as an empty one, so that the answer can say what is wrong with it.
    #[server(default)]
    name: String,
) -> Result<(), Error> {
    crate::caller::caller()?.change_name(name).await
}
