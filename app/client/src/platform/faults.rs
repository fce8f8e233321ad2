//! Fault injection for the inspector: lost responses, 503, a wrong clock.

use std::{cell::Cell, time::Duration};

use super::NoResponse;
use crate::{
    clock::Moment,
    request::{Request, Response},
};

/// Faults to inject; none by default.
#[derive(Default)]
pub(crate) struct Faults {
    skew: Cell<f64>,
    drops_response_of: Cell<Option<&'static str>>,
    unavailable_until: Cell<Option<Moment>>,
}

impl Faults {
    /// Error of the wall clock, in milliseconds.
    pub(crate) fn skew(&self) -> f64 {
        self.skew.get()
    }

    pub(crate) fn skew_clock(&self, milliseconds: f64) {
        self.skew.set(milliseconds);
    }

    /// Loses the next response of this path on its way; the server gets the request.
    pub(crate) fn drop_next_response_of(&self, path: &'static str) {
        self.drops_response_of.set(Some(path));
    }

    /// Answers every request with 503, like a proxy whose server is down.
    pub(crate) fn answer_503(&self, now: Moment, time: Duration) {
        self.unavailable_until.set(Some(now + time));
    }

    /// Sends a request with the faults applied.
    pub(crate) async fn around(
        &self,
        request: &Request,
        now: Moment,
        response: impl Future<Output = Result<Response, NoResponse>>,
    ) -> Result<Response, NoResponse> {
        if !cfg!(feature = "inspector") {
            return response.await;
        }
        if self.unavailable_until.get().is_some_and(|until| now < until) {
            return Ok(Response { status: 503, ..Response::default() });
        }
        let response = response.await;
        if self.drops_response_of.get() == Some(request.path.as_str()) {
            self.drops_response_of.set(None);
            return Err(NoResponse);
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use futures::executor::block_on;

    use super::*;
    use crate::request::Method;

    const NOW: Moment = Moment(Duration::ZERO);
    const REFRESH: &str = "/api/auth/refresh";

    fn status(faults: &Faults, path: &str, now: Moment) -> Option<u16> {
        let success = async { Ok(Response { status: 200, ..Response::default() }) };
        let response = block_on(faults.around(&Request::new(Method::Post, path), now, success));
        response.ok().map(|response| response.status)
    }

    #[test]
    fn one_response_of_the_path_is_lost() {
        let faults = Faults::default();
        faults.drop_next_response_of(REFRESH);

        assert_eq!(status(&faults, "/api/me", NOW), Some(200));
        assert_eq!(status(&faults, REFRESH, NOW), None);
        assert_eq!(status(&faults, REFRESH, NOW), Some(200));
    }

    #[test]
    fn the_503_end_after_the_given_time() {
        let faults = Faults::default();
        let time = Duration::from_secs(10);
        faults.answer_503(NOW, time);

        assert_eq!(status(&faults, REFRESH, NOW), Some(503));
        assert_eq!(status(&faults, REFRESH, NOW + time), Some(200));
    }
}
