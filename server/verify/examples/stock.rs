//! A service with the number of items in stock: every logged-in user may read it, only admins may refill it.
//!
//! `make chain` starts Doorward and both services; the README has requests to try.

use std::{collections::HashMap, error::Error, sync::Arc, sync::Mutex};

use axum::{
    Json, Router,
    extract::{FromRef, Path, State},
    http::StatusCode,
    routing::get,
};
use doorward_verify::service::{Caller, CallerWith, Doorward, Role};
use serde_json::{Value, json};

#[derive(Clone)]
struct Stock {
    doorward: Doorward,
    items: Arc<Mutex<HashMap<String, u32>>>,
}

// The extractors get the handle from the state by this.
impl FromRef<Stock> for Doorward {
    fn from_ref(stock: &Stock) -> Self {
        stock.doorward.clone()
    }
}

struct Admin;

impl Role for Admin {
    const NAME: &'static str = "admin";
}

/// For every logged-in user.
async fn show(_: Caller, State(stock): State<Stock>, Path(item): Path<String>) -> Result<Json<Value>, StatusCode> {
    let items = stock.items.lock().map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)?;
    let left = items.get(&item).ok_or(StatusCode::NOT_FOUND)?;
    Ok(Json(json!({"item": item, "left": left})))
}

/// For admins: the signature requires the role.
async fn refill(
    admin: CallerWith<Admin>,
    State(stock): State<Stock>,
    Path(item): Path<String>,
) -> Result<Json<Value>, StatusCode> {
    let mut items = stock.items.lock().map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)?;
    let left = items.get_mut(&item).ok_or(StatusCode::NOT_FOUND)?;
    *left += 10;
    Ok(Json(json!({"item": item, "left": *left, "by": admin.name})))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let [listen, issuer] = ["LISTEN", "DOORWARD"].map(|name| std::env::var(name).map_err(|_| format!("set {name}")));
    let doorward = Doorward::at(issuer?).start()?;
    let items = Arc::new(Mutex::new(HashMap::from([("teapot".into(), 3), ("cup".into(), 17)])));
    let router = Router::new()
        .route("/stock/{item}", get(show).post(refill))
        .with_state(Stock { doorward: doorward.clone(), items });

    doorward.ready().await;
    let listener = tokio::net::TcpListener::bind(listen?).await?;
    println!("stock: listening on {}", listener.local_addr()?);
    Ok(axum::serve(listener, router).await?)
}
