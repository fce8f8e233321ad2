//! Faults on demand, for the inspector: what goes wrong in the field, at the press of a button.

use std::{cell::Cell, time::Duration};

use super::{
    bare::REFRESH,
    platform::{Moment, NoAnswer},
    request::{Request, Response},
};

/// What is to go wrong. By default, nothing.
#[derive(Default)]
pub(super) struct Faults {
    skew: Cell<f64>,
    drops_refresh: Cell<bool>,
    unavailable_until: Cell<Option<Moment>>,
}

impl Faults {
    /// By how many milliseconds the device's time of day is wrong.
    pub(super) fn skew(&self) -> f64 {
        self.skew.get()
    }

    pub(super) fn skew_clock(&self, milliseconds: f64) {
        self.skew.set(milliseconds);
    }

    /// The server will get the next refresh, and its answer will be lost.
    pub(super) fn drop_next_refresh(&self) {
        self.drops_refresh.set(true);
    }

    /// Every request will be answered with 503, as if by a proxy in front of a server that is away.
    pub(super) fn answer_503(&self, now: Moment, time: Duration) {
        self.unavailable_until.set(Some(now + time));
    }

    /// What comes of a request that would have got `answer`.
    pub(super) async fn around(
        &self,
        request: &Request,
        now: Moment,
        answer: impl Future<Output = Result<Response, NoAnswer>>,
    ) -> Result<Response, NoAnswer> {
        if self.unavailable_until.get().is_some_and(|until| now < until) {
            return Ok(Response { status: 503, ..Response::default() });
        }
        let answer = answer.await;
        if request.path == REFRESH && self.drops_refresh.replace(false) { Err(NoAnswer) } else { answer }
    }
}

#[cfg(test)]
mod tests {
    use futures::executor::block_on;

    use super::*;
    use crate::request::Method;

    const NOW: Moment = Moment(Duration::ZERO);

    fn around(faults: &Faults, path: &str, now: Moment) -> Option<u16> {
        let granted = async { Ok(Response { status: 200, ..Response::default() }) };
        let answer = block_on(faults.around(&Request::new(Method::Post, path), now, granted));
        answer.ok().map(|answer| answer.status)
    }

    #[test]
    fn one_answer_is_lost_and_only_that_of_a_refresh() {
        let faults = Faults::default();
        faults.drop_next_refresh();

        assert_eq!(around(&faults, "/api/me", NOW), Some(200));
        assert_eq!(around(&faults, REFRESH, NOW), None);
        assert_eq!(around(&faults, REFRESH, NOW), Some(200));
    }

    #[test]
    fn the_server_comes_back_when_the_time_is_over() {
        let faults = Faults::default();
        let time = Duration::from_secs(10);
        faults.answer_503(NOW, time);

        assert_eq!(around(&faults, REFRESH, NOW), Some(503));
        assert_eq!(around(&faults, REFRESH, NOW + time), Some(200));
    }
}
