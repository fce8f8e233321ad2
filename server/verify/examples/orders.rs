//! A service with the orders of each user. It calls `stock` on behalf of its caller: it forwards the access token.
//!
//! `make chain` starts Doorward and both services; the README has requests to try.

use std::error::Error;

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::{FromRef, State},
    http::{HeaderMap, Request, StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use doorward_verify::service::{Caller, Doorward};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use serde_json::{Value, json};

#[derive(Clone)]
struct Orders {
    doorward: Doorward,
    client: Client<HttpConnector, Body>,
    stock: String,
}

impl FromRef<Orders> for Doorward {
    fn from_ref(orders: &Orders) -> Self {
        orders.doorward.clone()
    }
}

/// The caller's orders, with the number of items in stock. Forwards the access token; `stock` verifies it again.
async fn orders(caller: Caller, State(orders): State<Orders>, headers: HeaderMap) -> Result<Response, StatusCode> {
    let request = Request::get(format!("{}/stock/teapot", orders.stock));
    let request = request.header(header::AUTHORIZATION, &headers[header::AUTHORIZATION]);
    let request = request.body(Body::empty()).map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)?;
    let response = orders.client.request(request).await.map_err(|_| StatusCode::BAD_GATEWAY)?;
    if response.status() != StatusCode::OK {
        // The session may have ended since: `stock` rejects the token with the same problem details.
        return Ok(response.map(Body::new).into_response());
    }
    let stock = to_bytes(Body::new(response.into_body()), 64 * 1024).await.map_err(|_| StatusCode::BAD_GATEWAY)?;
    let stock: Value = serde_json::from_slice(&stock).map_err(|_| StatusCode::BAD_GATEWAY)?;
    Ok(axum::Json(json!({"orders": [{"item": "teapot", "for": caller.name, "left": stock["left"]}]})).into_response())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let [listen, issuer, stock] =
        ["LISTEN", "DOORWARD", "STOCK"].map(|name| std::env::var(name).map_err(|_| format!("set {name}")));
    let doorward = Doorward::at(issuer?).start()?;
    let metrics = doorward.clone();
    let client = Client::builder(TokioExecutor::new()).build_http();
    let router = Router::new()
        .route("/orders", get(orders))
        .route("/metrics", get(async move || metrics.stats().to_string()))
        .with_state(Orders { doorward: doorward.clone(), client, stock: stock? });

    doorward.ready().await;
    let listener = tokio::net::TcpListener::bind(listen?).await?;
    println!("orders: listening on {}", listener.local_addr()?);
    Ok(axum::serve(listener, router).await?)
}
