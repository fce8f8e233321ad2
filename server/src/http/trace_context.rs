//! W3C Trace Context: `traceparent` connects the log lines of a request with those of the services before and after it.

use axum::http::{HeaderMap, HeaderName, HeaderValue};

use crate::random;

static TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");

static TRACERESPONSE: HeaderName = HeaderName::from_static("traceresponse");

const LENGTH: usize = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".len();

/// The trace that a request belongs to.
pub struct TraceContext {
    pub trace_id: String,
    /// What this server does for the request, in the words of tracing tools: a span of its own.
    pub span_id: String,
}

impl TraceContext {
    /// `None` without a valid header. An invalid one is ignored, as the standard demands: the caller's request is not at
    /// fault for what its tools send.
    pub fn of(headers: &HeaderMap) -> Option<Self> {
        let mut all = headers.get_all(&TRACEPARENT).iter();
        let (header, None) = (all.next()?, all.next()) else { return None };
        let trace_id = trace_id(header.to_str().ok()?)?.to_owned();
        let mut span_id = random::request_id();
        span_id.truncate(16);
        Some(Self { trace_id, span_id })
    }

    /// For the client, which may not have started the trace itself. Nothing is sampled here.
    pub fn set(&self, headers: &mut HeaderMap) {
        if let Ok(value) = HeaderValue::try_from(format!("00-{}-{}-00", self.trace_id, self.span_id)) {
            headers.insert(&TRACERESPONSE, value);
        }
    }
}

/// The trace id of `version-trace_id-parent_id-flags`, in lower-case hex. Later versions may add members.
fn trace_id(header: &str) -> Option<&str> {
    let (known, added) = header.split_at_checked(LENGTH)?;
    let mut members = known.split('-');
    let mut member = |length: usize| {
        let is_hex = |text: &&str| text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte));
        members.next().filter(|text| text.len() == length).filter(is_hex)
    };
    let (version, trace_id, parent_id, _flags) = (member(2)?, member(32)?, member(16)?, member(2)?);
    let is_complete = if version == "00" { added.is_empty() } else { added.is_empty() || added.starts_with('-') };
    let is_zero = |id: &str| id.bytes().all(|byte| byte == b'0');
    (version != "ff" && is_complete && !is_zero(trace_id) && !is_zero(parent_id)).then_some(trace_id)
}
