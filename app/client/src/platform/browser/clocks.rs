//! Clocks and random numbers of the browser. One that is missing, throws or returns no number is replaced.

use std::time::Duration;

use wasm_bindgen::{JsValue, prelude::wasm_bindgen};

use crate::clock::{Clocks, Moment};

/// The monotonic clock starts when the page is loaded, but a token may have been requested earlier, by another tab.
const BEFORE_THE_PAGE: Duration = Duration::from_hours(24 * 365);

// Those of `web-sys` and `js-sys` do not catch exceptions.
#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(catch, js_namespace = performance, js_name = now)]
    fn monotonic_now() -> Result<f64, JsValue>;

    #[wasm_bindgen(catch, js_namespace = Date, js_name = now)]
    fn wall_now() -> Result<f64, JsValue>;

    #[wasm_bindgen(catch, js_namespace = Math, js_name = random)]
    fn random_number() -> Result<f64, JsValue>;
}

/// Both clocks, in milliseconds with `skew` for the wall clock. Without a monotonic clock, the wall clock serves as one.
pub(super) fn read(skew: f64) -> Clocks {
    let wall = wall_now().ok().filter(|milliseconds| milliseconds.is_finite());
    let elapsed = |milliseconds: f64| Duration::try_from_secs_f64(milliseconds / 1000.0).ok();
    let since_start = monotonic_now().ok().and_then(elapsed).or_else(|| elapsed(wall?)).unwrap_or_default();
    Clocks { monotonic: Moment(BEFORE_THE_PAGE + since_start), wall: wall.unwrap_or_default() + skew }
}

/// A random number from 0 up to 1, or a constant: jitter is no secret.
pub(super) fn random() -> f64 {
    random_number().ok().filter(|number| (0.0..1.0).contains(number)).unwrap_or(0.5)
}
