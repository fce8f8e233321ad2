//! No statement of the store reads a whole table that grows: SQLite's plan for each of them, taken from the source.

use std::{collections::HashMap, fs, path::PathBuf};

use crate::support::{Database, TestApp};

/// Tables with a few rows, and the parameters of a statement as one. Every other one grows with users, logins or time.
const SMALL_TABLES: [&str; 6] = ["keys", "secrets", "server_state", "sqlite_master", "uses", "write_probe"];

/// Statements of the command line that print every row, by what only they contain.
const LISTS: [(&str, &str); 4] = [
    ("(select count(*) from users), (select", "backup: what is in it"),
    ("order by e.happened_at desc, e.event_id desc limit $1", "events list: the newest ones, by the index"),
    ("where s.expires_at > $1 and s.ended_at is null order by s.created_at desc", "session list"),
    ("from users where stand_in is null order by email", "user list"),
];

/// Statements that SQLite never runs, or that read no table.
const NOT_FOR_SQLITE: [&str; 8] = [
    "pg_notify",
    "pg_backend_pid",
    "pg_stat_database",
    "current_setting",
    "show ",
    "to_regclass",
    "pragma",
    "vacuum into",
];

#[tokio::test]
async fn no_statement_reads_a_whole_table_that_grows() {
    let app = TestApp::start(Database::sqlite()).await;
    let statements = statements();
    assert!(statements.len() > 40, "{} statements", statements.len());
    let mut faults = Vec::new();
    for sql in statements.iter().filter(|sql| !NOT_FOR_SQLITE.iter().any(|text| sql.contains(text))) {
        let plan: Vec<String> =
            app.database().rows(format!("explain query plan {sql}")).await.into_iter().flatten().collect();
        let is_list = LISTS.iter().any(|(text, _)| sql.contains(text));
        faults
            .extend(plan.iter().filter(|step| is_slow(step, sql) && !is_list).map(|step| format!("{step}\n    {sql}")));
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// Whether a step of a plan visits every row of a table that grows, or all of its live sessions.
fn is_slow(step: &str, sql: &str) -> bool {
    let scans = step.strip_prefix("SCAN ").is_some_and(|table| {
        let table = table.split(' ').next().unwrap_or_default();
        !SMALL_TABLES.contains(&table) && !step.contains("CONSTANT ROW")
    });
    scans || (step.contains("(ended_at=?") && sql.contains("ended_at is null"))
}

#[test]
fn a_slow_step_is_recognized() {
    for step in ["SCAN sessions", "SCAN s USING INDEX sessions_by_user", "SEARCH sessions USING INDEX x (ended_at=?)"] {
        assert!(is_slow(step, "where ended_at is null"), "{step}");
    }
    for step in
        ["SCAN keys", "SCAN CONSTANT ROW", "SCAN 50 CONSTANT ROWS", "SEARCH s USING INDEX sessions_by_user (user_id=?)"]
    {
        assert!(!is_slow(step, "where ended_at is null"), "{step}");
    }
}

/// Every statement in `src/store`, after string concatenation.
fn statements() -> Vec<String> {
    let sources = sources(&PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src/store"));
    let macros = macros(&sources);
    let mut statements = Vec::new();
    for source in &sources {
        let mut rest = source.as_str();
        while let Some(at) = rest.find("sqlx::query") {
            rest = &rest[at + "sqlx::query".len()..];
            let name = rest.split('(').next().unwrap_or_default();
            if ["", "_as", "_scalar"].contains(&name) {
                rest = &rest[name.len() + 1..];
                statements.push(text(&mut rest, &macros));
            }
        }
    }
    statements
}

fn sources(folder: &PathBuf) -> Vec<String> {
    let mut sources = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            sources.extend(self::sources(&path));
        } else {
            sources.push(fs::read_to_string(path).expect("text"));
        }
    }
    sources
}

/// The texts that macros without arguments expand to, and the columns of `session_columns!`.
fn macros(sources: &[String]) -> HashMap<String, String> {
    let mut macros = HashMap::new();
    for source in sources {
        for definition in source.split("macro_rules! ").skip(1) {
            let name = definition.split(' ').next().unwrap_or_default().to_owned();
            if let Some((_, columns)) = definition.split_once("$prefix: ") {
                macros.insert(name, columns.split(')').next().unwrap_or_default().to_owned());
            } else if let Some((_, mut body)) = definition.split_once("() => {") {
                macros.insert(name, text(&mut body, &HashMap::new()));
            }
        }
    }
    macros
}

/// The text of a literal, a `concat!` or one of `macros`, which is removed from `rest`.
fn text(rest: &mut &str, macros: &HashMap<String, String>) -> String {
    *rest = rest.trim_start();
    if let Some(literal) = rest.strip_prefix('"') {
        let end = literal.match_indices('"').find(|(at, _)| !literal[..*at].ends_with('\\')).expect("an end").0;
        *rest = &literal[end + 1..];
        return unescape(&literal[..end]);
    }
    let (name, arguments) = rest.split_once("!(").unwrap_or_default();
    *rest = arguments;
    match (name, macros.get(name)) {
        ("concat", _) => {
            let mut all = String::new();
            while !rest.trim_start().starts_with(')') {
                all += &text(rest, macros);
                *rest = rest.trim_start().trim_start_matches(',');
            }
            *rest = rest.trim_start().trim_start_matches(')');
            all
        }
        (_, Some(expansion)) if rest.starts_with(')') => {
            *rest = &rest[1..];
            expansion.clone()
        }
        (_, Some(columns)) => {
            let prefix = text(rest, macros);
            *rest = rest.trim_start_matches(')');
            let columns = columns.split(',').map(|column| format!("{prefix}{}", column.trim()));
            columns.collect::<Vec<_>>().join(", ")
        }
        (_, None) => panic!("a statement is a literal, or a `concat!` of literals and macros, not `{name}`"),
    }
}

/// The value of a string literal: a backslash at the end of a line joins it with the next.
fn unescape(literal: &str) -> String {
    let mut lines = literal.split("\\\n");
    let first = lines.next().unwrap_or_default().to_owned();
    lines.fold(first, |text, line| text + line.trim_start()).replace("\\\"", "\"")
}
