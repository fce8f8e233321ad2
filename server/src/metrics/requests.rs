//! Durations of HTTP requests.

use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{family::Family, histogram::Histogram},
};

/// From a verified request to one that has waited for a database until its timeout. Few, because every route, method and
/// status has them.
const BUCKETS: [f64; 8] = [0.001, 0.005, 0.025, 0.1, 0.25, 1.0, 5.0, 20.0];

/// What kind of request it was, and its outcome.
#[derive(Clone, Debug, EncodeLabelSet, Eq, Hash, PartialEq)]
pub struct RequestLabels {
    /// The template of the path, such as `/api/sessions/{id}`: never a path that a client has chosen.
    pub route: String,
    pub method: &'static str,
    pub status: u16,
}

pub(super) type Durations = Family<RequestLabels, Histogram, fn() -> Histogram>;

pub(super) fn durations() -> Durations {
    Family::new_with_constructor(|| Histogram::new(BUCKETS))
}
