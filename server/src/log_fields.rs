//! The fields of spans and events in the text log: `name=value`, quoted where necessary.

use std::fmt::{self, Debug, Write};

use tracing::field::{Field, Visit};
use tracing_subscriber::{
    field::RecordFields,
    fmt::{FormatFields, format::Writer},
};

/// Long enough for the fields of a request's span.
const CAPACITY: usize = 128;

/// Every request has a span, and tracing's own formatter would cost as much as the verification of its token.
pub struct LogFields;

impl<'writer> FormatFields<'writer> for LogFields {
    fn format_fields<R: RecordFields>(&self, mut writer: Writer<'writer>, fields: R) -> fmt::Result {
        let mut text = Text { text: String::with_capacity(CAPACITY), result: Ok(()) };
        fields.record(&mut text);
        text.result.and_then(|()| writer.write_str(&text.text))
    }
}

struct Text {
    text: String,
    result: fmt::Result,
}

impl Text {
    /// Writes the name of a field, except that of the message.
    fn start(&mut self, field: &Field) {
        if !self.text.is_empty() {
            self.text.push(' ');
        }
        if field.name() != "message" {
            self.text.push_str(field.name());
            self.text.push('=');
        }
    }
}

impl Visit for Text {
    fn record_str(&mut self, field: &Field, value: &str) {
        let is_plain = value.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'"' && byte != b'\\');
        if is_plain && !value.is_empty() {
            self.start(field);
            self.text.push_str(value);
        } else {
            self.record_debug(field, &value);
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.start(field);
        self.result = self.result.and_then(|()| write!(self.text, "{value:?}"));
    }
}

#[cfg(test)]
mod tests {
    use std::{
        io,
        sync::{Arc, Mutex, PoisonError},
    };

    use super::LogFields;

    #[derive(Clone, Default)]
    struct Log(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Log {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn plain_values_stand_as_they_are_and_others_are_quoted() {
        let log = Log::default();
        let writer = log.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_writer(move || writer.clone())
            .with_ansi(false)
            .without_time()
            .with_target(false)
            .fmt_fields(LogFields)
            .finish();

        tracing::subscriber::with_default(subscriber, || {
            let _request = tracing::info_span!("request", id = "a-1", path = "/b\nc").entered();
            tracing::warn!(error = %"d e", count = 3, "stopped");
        });

        let text = String::from_utf8(log.0.lock().unwrap_or_else(PoisonError::into_inner).clone());
        assert_eq!(text.as_deref(), Ok(" WARN request{id=a-1 path=\"/b\\nc\"}: stopped error=d e count=3\n"));
    }
}
