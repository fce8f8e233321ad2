//! The attribute of the server's integration tests.

use proc_macro::{TokenStream, TokenTree};

type Named = (&'static str, &'static str);

/// The databases, each with the expression that makes one.
const DATABASES: [Named; 2] = [("sqlite", "Database::sqlite()"), ("postgres", "Database::postgres().await")];

/// The policies, by the names that tests have: these are variants of `PolicyName` in snake case.
const POLICIES: [(&str, &str); 4] = [
    ("retention", "Retention"),
    ("server_session", "ServerSession"),
    ("memory_only", "MemoryOnly"),
    ("banking", "Banking"),
];

/// How the server starts, by the suffix of the test.
const STARTS: [Named; 2] = [("", "start_under"), ("_with_valkey", "start_with_valkey")];

/// Runs a test that takes a `TestApp` once for each policy and database, each time with an app and a database of its own.
///
/// The arguments are any of:
/// - policies: `retention`, `server_session`, `memory_only`, `banking`, or a group of them: `each_policy`,
///   `renewable_policies`, `policies_with_access_tokens`, `policies_with_refresh_tokens`, `policies_with_cookies`.
///   Without any, the test runs under the default policy.
/// - databases: `sqlite`, `postgres`. Without any, the test runs on both.
/// - `with_valkey`: with a Valkey as `session_cache`, as `a_test::server_session::sqlite_with_valkey`; `also_with_valkey`: once
///   without and once with it.
///
/// `#[app_test(each_policy)] async fn a_test(app: TestApp)` is reported as `a_test::retention::sqlite` and so on,
/// `#[app_test]` as `a_test::sqlite` and `a_test::postgres`.
#[proc_macro_attribute]
pub fn app_test(arguments: TokenStream, test: TokenStream) -> TokenStream {
    let (mut policies, mut databases, mut starts) = (Vec::new(), Vec::new(), &STARTS[..1]);
    for argument in arguments {
        let name = argument.to_string();
        if let Some(database) = DATABASES.iter().find(|(database, _)| *database == name) {
            databases.push(*database);
        } else if let Some(named) = policies_named(&name) {
            policies.extend_from_slice(named);
        } else if name == "with_valkey" {
            starts = &STARTS[1..];
        } else if name == "also_with_valkey" {
            starts = &STARTS;
        } else if name != "," {
            return error(&format!("`{name}` is neither a policy nor a database"));
        }
    }
    if databases.is_empty() {
        databases = DATABASES.into();
    }

    let Some(name) = function_name(&test) else { return error("`app_test` goes on a function") };
    let cases = if policies.is_empty() {
        cases("super", &name, "Retention", (&databases, starts))
    } else {
        let policies = POLICIES.iter().filter(|(module, _)| policies.contains(module));
        let modules = policies.map(|(module, policy)| {
            let cases = cases("super::super", &name, policy, (&databases, starts));
            format!("mod {module} {{ {cases} }}")
        });
        modules.collect()
    };
    let module = format!("mod {name} {{ {cases} }}").parse().expect("valid Rust");
    TokenStream::from_iter([test, module])
}

fn policies_named(name: &str) -> Option<&'static [&'static str]> {
    Some(match name {
        "retention" => &["retention"],
        "server_session" => &["server_session"],
        "memory_only" => &["memory_only"],
        "banking" => &["banking"],
        "each_policy" => &["retention", "server_session", "memory_only", "banking"],
        "renewable_policies" => &["retention", "server_session", "memory_only"],
        "policies_with_access_tokens" => &["retention", "memory_only", "banking"],
        "policies_with_refresh_tokens" => &["retention", "memory_only"],
        "policies_with_cookies" => &["retention", "server_session"],
        _ => return None,
    })
}

/// One test for each database and each way to start the server.
fn cases(path: &str, name: &str, policy: &str, (databases, starts): (&[Named], &[Named])) -> String {
    let case = |(database, new_database): Named, (suffix, start): Named| {
        format!(
            "#[::tokio::test] async fn {database}{suffix}() {{
                use crate::support::{{Database, PolicyName, TestApp}};
                let app = TestApp::{start}(PolicyName::{policy}, {new_database}).await;
                Box::pin({path}::{name}(app)).await;
            }}"
        )
    };
    starts.iter().flat_map(|start| databases.iter().map(move |database| case(*database, *start))).collect()
}

/// The word after `fn`.
fn function_name(function: &TokenStream) -> Option<String> {
    let mut tokens = function.clone().into_iter();
    tokens.find(|token| matches!(token, TokenTree::Ident(word) if word.to_string() == "fn"))?;
    tokens.next().map(|name| name.to_string())
}

fn error(message: &str) -> TokenStream {
    format!("::core::compile_error!({message:?});").parse().expect("valid Rust")
}
