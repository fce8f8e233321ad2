//! Placeholders and plurals.

/// Replaces each `{name}` in the template by the value of that name.
pub(super) fn fill(template: &str, values: &[(&str, &str)]) -> String {
    let mut text = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        let Some((name, after)) = after.split_once('}') else { break };
        text += before;
        text += values.iter().find(|(key, _)| *key == name).map_or("", |(_, value)| value);
        rest = after;
    }
    text + rest
}

/// The singular or the plural, with `{count}` replaced. Enough for the languages that have these two.
pub(super) fn plural(count: usize, one: &str, other: &str) -> String {
    fill(if count == 1 { one } else { other }, &[("count", &count.to_string())])
}

/// Keeps the direction of a name from changing the order of the words around it (Unicode FSI and PDI).
pub(super) fn isolate(name: &str) -> String {
    String::from('\u{2068}') + name + "\u{2069}"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_replaced_by_name_in_any_order() {
        assert_eq!(fill("{b} and {a}", &[("a", "1"), ("b", "2")]), "2 and 1");
        assert_eq!(fill("no placeholder", &[("a", "1")]), "no placeholder");
        assert_eq!(fill("{a}{missing}!", &[("a", "{b}"), ("b", "2")]), "{b}!");
    }

    #[test]
    fn one_is_singular_and_every_other_number_is_plural() {
        let sessions = |count| plural(count, "One session.", "{count} sessions.");
        assert_eq!([sessions(0), sessions(1), sessions(2)], ["0 sessions.", "One session.", "2 sessions."]);
    }
}
