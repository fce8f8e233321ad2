//! The client without a browser, a network or real time.
//!
//! A comment such as `// Behavior 3, 7.` names the entries of `app/client/BEHAVIOR.md` that a test shows; in the comment at
//! the top of a file, those that all its tests show.

mod support;

#[cfg(feature = "measure")]
mod benchmark;
mod clocks_and_sleep;
mod cookie_session;
mod credentials;
mod expiry_without_renewal;
mod interleavings;
mod interleavings_page_load;
mod interleavings_tab_bound;
mod isolated_parts;
mod json;
mod login;
mod logout;
mod missing_browser_apis;
mod model;
mod page_load;
mod page_load_in_tabs;
mod password_change;
mod reauthentication;
mod refresh;
mod registration;
mod rejection;
mod rejection_everywhere;
mod requests_during_back_off;
mod second_factor;
mod session_end;
mod session_end_stream;
mod session_end_stream_faults;
mod state;
mod step_up;
mod step_up_ends;
mod step_up_interleavings;
mod tab_bound_session;
mod tab_bound_session_end;
mod tab_coordination;
mod token_response;
mod unreachable;
mod uploads;
mod users_in_tabs;

#[test]
fn cited_behaviors_are_in_the_specification() {
    let specification = include_str!("../../BEHAVIOR.md");
    let is_specified = |number: &str| specification.lines().any(|line| line.starts_with(&format!("{number}. ")));
    let sources = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/tests");
    for entry in std::fs::read_dir(sources).expect("the tests") {
        let path = entry.expect("an entry").path();
        let source = if path.is_file() { std::fs::read_to_string(&path).expect("text") } else { String::new() };
        for line in source.lines().map(str::trim) {
            let Some(citation) = line.strip_prefix("// Behavior ").or_else(|| line.strip_prefix("//! Behavior "))
            else {
                continue;
            };
            let numbers = citation.split('.').next().unwrap_or_default();
            for number in numbers.split(", ") {
                assert!(is_specified(number), "{}: there is no behavior {number}", path.display());
            }
        }
    }
}
