//! `server/operations`: the dashboard and the alert rules name only what `/metrics` has.

use std::{collections::BTreeMap, fs, path::Path};

use serde_json::Value;
use yaml_rust2::{Yaml, YamlLoader};

use crate::support::{Database, PASSWORD, TestApp};

/// What Prometheus adds to every series.
const SCRAPE_LABELS: [&str; 2] = ["job", "instance"];

/// The labels of each series, and the values that each of them has.
type Exposed = BTreeMap<String, BTreeMap<String, Vec<String>>>;

fn file(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("operations").join(name);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// An expression with its place in a file.
struct Query {
    place: String,
    expression: String,
}

fn dashboard_queries(dashboard: &Value) -> Vec<Query> {
    let panels = dashboard["panels"].as_array().expect("panels").iter();
    let mut queries = Vec::new();
    for panel in panels.filter(|panel| panel["type"] != "row") {
        let title = panel["title"].as_str().expect("a title");
        for target in panel["targets"].as_array().unwrap_or_else(|| panic!("{title} has no query")) {
            let expression = target["expr"].as_str().unwrap_or_else(|| panic!("{title} has an empty query"));
            queries.push(Query { place: format!("panel {title:?}"), expression: expression.to_owned() });
        }
    }
    queries
}

fn alert_rules(text: &str) -> Vec<Yaml> {
    let document = YamlLoader::load_from_str(text).expect("YAML").remove(0);
    let groups = document["groups"].as_vec().expect("groups").iter();
    groups.flat_map(|group| group["rules"].as_vec().expect("rules").clone()).collect()
}

fn alert_queries(rules: &[Yaml]) -> Vec<Query> {
    let query = |rule: &Yaml| Query {
        place: format!("alert {}", rule["alert"].as_str().expect("a name")),
        expression: rule["expr"].as_str().expect("an expression").to_owned(),
    };
    rules.iter().map(query).collect()
}

fn exposed(metrics: &str) -> Exposed {
    let mut all = Exposed::new();
    for line in metrics.lines().filter(|line| !line.starts_with('#')) {
        let (series, _) = line.rsplit_once(' ').expect("a value");
        let (name, labels) = series.split_once('{').unwrap_or((series, "}"));
        let known = all.entry(name.to_owned()).or_default();
        for (label, _, value) in matchers(labels.trim_end_matches('}')) {
            known.entry(label).or_default().push(value);
        }
    }
    all
}

/// Labels, operators and values of `a="b",c=~"d"`. A value may contain anything but quotes.
fn matchers(text: &str) -> Vec<(String, String, String)> {
    let mut matchers = Vec::new();
    let mut rest = text;
    while let Some((label, after)) = rest.split_once('"') {
        let (value, after) = after.split_once('"').unwrap_or((after, ""));
        let label = label.trim_start_matches([',', ' ']);
        let name = label.trim_end_matches(['=', '~', '!']);
        matchers.push((name.trim().to_owned(), label[name.len()..].to_owned(), value.to_owned()));
        rest = after;
    }
    matchers
}

/// What an expression names and `/metrics` does not have.
fn faults(Query { place, expression }: &Query, exposed: &Exposed) -> Vec<String> {
    let mut faults = Vec::new();
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == ':';
    let mut rest = expression.as_str();
    let mut count = 0;
    while let Some(at) = rest.find(|c: char| is_name(c)) {
        rest = &rest[at..];
        let end = rest.find(|c: char| !is_name(c)).unwrap_or(rest.len());
        let name = &rest[..end];
        rest = &rest[end..];
        if !name.starts_with("doorward_") && !name.starts_with("process_") {
            // A string is no name.
            rest = rest.strip_prefix('"').map_or(rest, |text| text.split_once('"').map_or("", |(_, after)| after));
            continue;
        }
        count += 1;
        let Some(labels) = exposed.get(name) else {
            faults.push(format!("{place}: there is no series {name}"));
            continue;
        };
        let Some((selector, after)) = rest.strip_prefix('{').and_then(|rest| rest.split_once('}')) else { continue };
        rest = after;
        for (label, operator, value) in matchers(selector) {
            let Some(values) = labels.get(&label) else {
                if !SCRAPE_LABELS.contains(&label.as_str()) {
                    faults.push(format!("{place}: {name} has no label {label}"));
                }
                continue;
            };
            // A status or a route appears with its first request; outcomes and reasons are there from the start.
            let is_fixed = ["outcome", "reason", "operation", "state", "pool"].contains(&label.as_str());
            let wanted = value.split('|').filter(|_| is_fixed && ["=", "=~"].contains(&operator.as_str()));
            let absent = wanted.filter(|value| !values.iter().any(|known| known == value));
            faults.extend(absent.map(|value| format!("{place}: {name} has no {label} {value}")));
        }
    }
    if count == 0 && !expression.contains("up{") {
        faults.push(format!("{place}: names no series of ours"));
    }
    faults
}

/// The metrics of a server that has been used.
async fn metrics_of_a_running_server() -> Exposed {
    let app = TestApp::start(Database::sqlite()).await;
    let ada = app.logged_in("ada@example.com").await;
    ada.me().await.assert_ok();
    ada.refresh().await.assert_ok();
    app.log_in("nobody@example.com", PASSWORD).await;
    ada.log_out().await.assert_ok();
    exposed(app.get("/metrics").await.text())
}

#[tokio::test]
async fn every_series_of_the_dashboard_and_the_alerts_exists() {
    let exposed = metrics_of_a_running_server().await;
    let dashboard = serde_json::from_str(&file("grafana.json")).expect("JSON");
    let mut queries = dashboard_queries(&dashboard);
    queries.extend(alert_queries(&alert_rules(&file("alerts.yml"))));
    assert!(queries.len() > 40, "{} queries", queries.len());
    let faults: Vec<String> = queries.iter().flat_map(|query| faults(query, &exposed)).collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[tokio::test]
async fn what_does_not_exist_is_reported_with_its_place() {
    let exposed = metrics_of_a_running_server().await;
    for (expression, fault) in [
        ("sum(rate(doorward_loginz_total[5m]))", "panel \"x\": there is no series doorward_loginz_total"),
        ("1 - process_cpu_seconds", "panel \"x\": there is no series process_cpu_seconds"),
        ("doorward_logins_total{result=\"granted\"}", "panel \"x\": doorward_logins_total has no label result"),
        ("doorward_logins_total{outcome=\"lost\"}", "panel \"x\": doorward_logins_total has no outcome lost"),
        (
            "doorward_refusals_total{reason=~\"forbidden|odd\"}",
            "panel \"x\": doorward_refusals_total has no reason odd",
        ),
        ("vector(1)", "panel \"x\": names no series of ours"),
    ] {
        let query = Query { place: "panel \"x\"".into(), expression: expression.into() };
        assert_eq!(faults(&query, &exposed), [fault]);
    }
}

#[tokio::test]
async fn every_metric_is_on_the_dashboard() {
    let exposed = metrics_of_a_running_server().await;
    let dashboard = file("grafana.json");
    let is_shown = |name: &str| {
        let name = ["_bucket", "_count", "_sum"].iter().find_map(|end| name.strip_suffix(end)).unwrap_or(name);
        dashboard.contains(name) || name == "process_virtual_memory_bytes"
    };
    let missing: Vec<&String> = exposed.keys().filter(|name| !is_shown(name)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn panels_have_places_of_their_own_and_say_what_they_show() {
    let dashboard: Value = serde_json::from_str(&file("grafana.json")).expect("JSON");
    let (mut ids, mut taken) = (Vec::new(), Vec::new());
    for panel in dashboard["panels"].as_array().expect("panels") {
        ids.push(panel["id"].as_u64().expect("an id"));
        let place = |name: &str| panel["gridPos"][name].as_u64().expect(name);
        assert!(place("x") + place("w") <= 24, "{panel}");
        for cell in 0..place("w") {
            taken.extend((0..place("h")).map(|row| (place("x") + cell, place("y") + row)));
        }
        assert_ne!(panel["title"], "", "{panel}");
    }
    for (count, unique) in [(ids.len(), unique(ids)), (taken.len(), unique(taken))] {
        assert_eq!(count, unique);
    }
}

fn unique<T: Ord>(all: Vec<T>) -> usize {
    all.into_iter().collect::<std::collections::BTreeSet<_>>().len()
}

#[test]
fn alerts_are_complete() {
    let rules = alert_rules(&file("alerts.yml"));
    assert!(rules.len() >= 6);
    let names: Vec<&str> = rules.iter().map(|rule| rule["alert"].as_str().expect("a name")).collect();
    assert_eq!(unique(names.clone()), names.len());
    for rule in &rules {
        let name = rule["alert"].as_str().expect("a name");
        assert!(name.starts_with("Doorward"), "{name}");
        let severity = rule["labels"]["severity"].as_str();
        assert!(severity.is_some_and(|severity| ["page", "ticket"].contains(&severity)), "{name}: {severity:?}");
        for text in ["summary", "description"] {
            assert!(rule["annotations"][text].as_str().is_some_and(|text| !text.is_empty()), "{name}: {text}");
        }
        if let Some(wait) = rule["for"].as_str() {
            let wait = humantime(wait);
            assert!((30..=3600).contains(&wait), "{name}: {wait} s");
        } else {
            assert!(rule["for"].is_badvalue(), "{name}: `for` is no text");
        }
        let known = ["alert", "expr", "for", "labels", "annotations"];
        let keys = rule.as_hash().expect("a mapping").keys();
        assert!(keys.clone().all(|key| key.as_str().is_some_and(|key| known.contains(&key))), "{name}");
        let expression = rule["expr"].as_str().expect("an expression");
        for pair in [['(', ')'], ['[', ']'], ['{', '}']] {
            let [open, close] = pair.map(|c| expression.matches(c).count());
            assert_eq!(open, close, "{name}: {expression}");
        }
    }
}

/// Seconds of a duration such as `5m`.
fn humantime(text: &str) -> u64 {
    let (number, unit) = text.split_at(text.len() - 1);
    let seconds = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3600,
        other => panic!("no unit {other}"),
    };
    number.parse::<u64>().expect("a number") * seconds
}
