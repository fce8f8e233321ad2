//! The findings.

use std::fmt::Display;

use crate::output::print_line;

#[derive(Default)]
pub(super) struct Report {
    failures: usize,
}

impl Report {
    pub(super) fn ok(&self, subject: &str, text: impl Display) {
        print_line!("ok    {subject}: {text}");
    }

    /// It works, and may not for long or not for everyone.
    pub(super) fn warn(&self, subject: &str, text: impl Display) {
        print_line!("warn  {subject}: {text}");
    }

    pub(super) fn fail(&mut self, subject: &str, text: impl Display) {
        self.failures += 1;
        print_line!("fail  {subject}: {text}");
    }

    pub(super) fn failures(&self) -> usize {
        self.failures
    }
}
