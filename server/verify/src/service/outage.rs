//! Whether something is wrong that was not before, so that the log tells when it began and when it was over.

/// Something that is right at first.
#[derive(Default)]
pub(crate) struct Outage {
    is_on: bool,
}

impl Outage {
    /// It is wrong now; says whether that is new.
    pub(crate) fn begins(&mut self) -> bool {
        !std::mem::replace(&mut self.is_on, true)
    }

    /// It is right now; says whether that is new.
    pub(crate) fn ends(&mut self) -> bool {
        std::mem::replace(&mut self.is_on, false)
    }
}

#[cfg(test)]
mod tests {
    use super::Outage;

    #[test]
    fn an_outage_is_told_of_when_it_begins_and_when_it_is_over() {
        let mut outage = Outage::default();
        assert!(!outage.ends(), "nothing was wrong");
        assert!(outage.begins());
        assert!(!outage.begins(), "that is known");
        assert!(outage.ends());
        assert!(!outage.ends());
    }
}
