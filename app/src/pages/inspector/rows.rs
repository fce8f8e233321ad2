//! What every instrument shows: rows of a name, a value and what that means.

use leptos::prelude::*;

/// A row.
#[derive(Debug, Default, PartialEq)]
pub struct Row {
    /// How it is marked.
    pub kind: &'static str,
    /// What it is called.
    pub name: String,
    /// What it is.
    pub value: String,
    /// What that means.
    pub note: String,
    /// For what runs out: how much is left, in thousandths.
    pub left: Option<u32>,
}

/// Where rows come from: a closure, boxed so that there is one list for all of them.
pub struct Source(Box<dyn Fn() -> Vec<Row> + Send>);

impl<F: Fn() -> Vec<Row> + Send + 'static> From<F> for Source {
    fn from(rows: F) -> Self {
        Self(Box::new(rows))
    }
}

/// Rows, kept up to date.
#[component]
pub fn Rows(
    /// How they look.
    class: &'static str,
    /// Where they come from.
    #[prop(into)]
    rows: Source,
) -> impl IntoView {
    view! { <dl class=class>{move || (rows.0)().into_iter().map(row).collect_view()}</dl> }
}

fn row(row: Row) -> impl IntoView {
    view! {
        <div class=row.kind>
            <dt>{row.name}</dt>
            // What changes every second is not for reading aloud every second.
            <dd><span role=row.left.map(|_| "timer")>{row.value}</span></dd>
            <dd class="note">{row.note}</dd>
            {row.left.map(|left| view! {
                <dd aria-hidden="true"><progress class="strength" max="1000" value=left></progress></dd>
            })}
        </div>
    }
}
