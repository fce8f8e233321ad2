//! `openapi.json` is generated from the handlers.

use std::{fs, path::Path};

#[test]
fn openapi_json_is_fresh() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("openapi.json");
    let checked_in = fs::read_to_string(&path).unwrap_or_default();
    let generated = server::http::openapi().to_pretty_json().expect("JSON");
    assert!(
        checked_in.trim_end() == generated.trim_end(),
        "server/openapi.json is stale: cargo run -p server --bin doorward -- openapi > server/openapi.json"
    );
}
