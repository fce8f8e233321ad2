//! A service that knows who ordered what, and asks `stock` in its caller's name: it passes the access token along.
//!
//! Start the whole chain with `make chain`; the README walks through it.

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

/// One's own orders, with what is left of each item. The claims say who asks; `stock` finds that out by itself.
async fn orders(caller: Caller, State(orders): State<Orders>, headers: HeaderMap) -> Result<Response, StatusCode> {
    let request = Request::get(format!("{}/stock/teapot", orders.stock));
    let request = request.header(header::AUTHORIZATION, &headers[header::AUTHORIZATION]);
    let request = request.body(Body::empty()).map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)?;
    let answer = orders.client.request(request).await.map_err(|_| StatusCode::BAD_GATEWAY)?;
    if answer.status() != StatusCode::OK {
        // A session can end between the two checks: `stock` says so in the same words.
        return Ok(answer.map(Body::new).into_response());
    }
    let stock = to_bytes(Body::new(answer.into_body()), 64 * 1024).await.map_err(|_| StatusCode::BAD_GATEWAY)?;
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
        .route("/metrics", get(async move || metrics.figures().to_string()))
        .with_state(Orders { doorward: doorward.clone(), client, stock: stock? });

    doorward.ready().await;
    let listener = tokio::net::TcpListener::bind(listen?).await?;
    println!("orders listens on {}", listener.local_addr()?);
    Ok(axum::serve(listener, router).await?)
}
