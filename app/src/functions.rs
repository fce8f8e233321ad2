//! Server functions. Each one authenticates its caller in its body, because code that renders a page on the server calls it
//! directly, without a route and its checks.

use leptos::server;

use doorward::{AuthenticatedClient, Error, Json};

/// Changes the caller's name.
#[server(client = AuthenticatedClient, prefix = "/api/fn", endpoint = "change_name", input = Json, output = Json)]
pub async fn change_name(
    /// A missing name is treated as an empty one, so that the response has an error for the field.
    #[server(default)]
    name: String,
) -> Result<(), Error> {
    crate::caller::caller()?.change_name(name).await
}
