//! The findings.

use std::fmt::Display;

use crate::output::print_line;

#[derive(Default)]
pub(super) struct Report {
    checks: usize,
    failures: usize,
}

impl Report {
    pub(super) fn ok(&mut self, subject: &str, text: impl Display) {
        self.add("ok", subject, text);
    }

    /// It works, and may not for long or not for everyone.
    pub(super) fn warn(&mut self, subject: &str, text: impl Display) {
        self.add("warn", subject, text);
    }

    pub(super) fn fail(&mut self, subject: &str, text: impl Display) {
        self.failures += 1;
        self.add("fail", subject, text);
    }

    fn add(&mut self, level: &str, subject: &str, text: impl Display) {
        self.checks += 1;
        print_line!("{level:<5} {subject}: {text}");
    }

    /// Whether nothing has failed. The error is one line.
    pub(super) fn outcome(&self) -> Result<(), String> {
        match self.failures {
            0 => Ok(()),
            failures => Err(format!("{failures} of {} checks failed", self.checks)),
        }
    }
}
