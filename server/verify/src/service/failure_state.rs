//! Logging of repeated failures: one line when they start and one when they end, not one for each retry.

/// Whether an operation that is retried is failing.
#[derive(Default)]
pub(crate) struct FailureState {
    is_failing: bool,
}

impl FailureState {
    /// Records a failure; true for the first one after a success, which is worth a log line.
    pub(crate) fn failed(&mut self) -> bool {
        !std::mem::replace(&mut self.is_failing, true)
    }

    /// Records a success; true for the first one after a failure, which is worth a log line.
    pub(crate) fn recovered(&mut self) -> bool {
        std::mem::replace(&mut self.is_failing, false)
    }
}

#[cfg(test)]
mod tests {
    use super::FailureState;

    #[test]
    fn only_the_first_failure_and_the_recovery_are_logged() {
        let mut log = FailureState::default();
        assert!(!log.recovered(), "nothing has failed yet");
        assert!(log.failed());
        assert!(!log.failed(), "it is failing already");
        assert!(log.recovered());
        assert!(!log.recovered());
    }
}
