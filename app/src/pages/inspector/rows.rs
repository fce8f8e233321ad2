//! The description lists of the inspector: rows of a name, a value and a note.

use leptos::prelude::*;

#[derive(Debug, Default, PartialEq)]
pub struct Row {
    /// The CSS class.
    pub kind: &'static str,
    pub name: String,
    pub value: String,
    pub note: String,
    /// For a countdown: the remaining share, in thousandths.
    pub left: Option<u32>,
}

/// A boxed closure, so that all lists share one component.
pub struct RowsFn(Box<dyn Fn() -> Vec<Row> + Send>);

impl<F: Fn() -> Vec<Row> + Send + 'static> From<F> for RowsFn {
    fn from(rows: F) -> Self {
        Self(Box::new(rows))
    }
}

#[component]
pub fn Rows(
    /// The CSS class.
    class: &'static str,
    #[prop(into)] rows: RowsFn,
) -> impl IntoView {
    view! { <dl class=class>{move || (rows.0)().into_iter().map(row).collect_view()}</dl> }
}

fn row(row: Row) -> impl IntoView {
    view! {
        <div class=row.kind>
            <dt>{row.name}</dt>
            // A `timer` is not announced every second.
            <dd><span role=row.left.map(|_| "timer")>{row.value}</span></dd>
            <dd class="note">{row.note}</dd>
            {row.left.map(|left| view! {
                <dd aria-hidden="true"><progress class="strength" max="1000" value=left></progress></dd>
            })}
        </div>
    }
}
