//! The server's metrics.

use super::TestApp;

/// The value of one series, which is named with its labels.
pub async fn metric(app: &TestApp, series: &str) -> String {
    let response = app.get("/metrics").await.assert_status(200);
    let text = response.text();
    let value = text.lines().find_map(|line| line.strip_prefix(series)?.strip_prefix(' '));
    value.unwrap_or_else(|| panic!("no {series} in {text}")).to_owned()
}
