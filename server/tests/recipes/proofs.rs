//! The recipes for Node and Python judge how recent and how strong a proof is as `doorward-verify` does.

use std::path::Path;

use doorward_verify::{Acr, Claims};
use serde_json::{Value, json};

use crate::{python, verdicts};

#[tokio::test(flavor = "multi_thread")]
async fn node_and_python_judge_proofs_as_doorward_verify_does() {
    let now = server::clock::Clock::system().now().seconds();
    let mut proofs = Vec::new();
    let mut expected = Vec::new();
    for acr in [json!("1"), json!("2"), json!("phr"), json!("PHR"), json!(""), json!("urn:example:gold"), Value::Null] {
        // Far from the limit: the recipes read the clock later.
        for age in [0, 100, 500, 100_000] {
            let mut claims = json!({"iss": "i", "aud": "a", "sub": "s", "sid": "s", "jti": "j", "iat": now, "nbf": now,
                "exp": now + 300, "auth_time": now - age, "name": "", "roles": [], "acr": acr});
            if acr.is_null() {
                claims.as_object_mut().expect("an object").remove("acr");
            }
            let parsed: Claims = serde_json::from_value(claims.clone()).expect("claims");
            for level in [Acr::One, Acr::Two, Acr::Phr] {
                expected.push(parsed.is_recent(300, now) && parsed.is_at_least(level));
                proofs.push(json!({"claims": claims, "max_age": 300, "acr": level.name()}));
            }
        }
    }
    assert_eq!(expected.iter().filter(|verdict| **verdict).count(), 18);
    let node: Vec<bool> = verdicts(Path::new("node"), "node/proofs.js", &json!(proofs)).await;
    let python: Vec<bool> = verdicts(&python(), "python/proofs.py", &json!(proofs)).await;
    assert_eq!((&node, &python), (&expected, &expected));
}
