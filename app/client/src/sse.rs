//! Parses server-sent events (SSE) incrementally: <https://html.spec.whatwg.org/multipage/server-sent-events.html>, section
//! 9.2.6. Event ids and reconnection times are not used here.

/// A server-sent event.
#[derive(Debug, Eq, PartialEq)]
pub(crate) struct Event {
    pub(crate) name: String,
    pub(crate) data: String,
}

/// The parser, with the incomplete event at the end of the input so far.
#[derive(Default)]
pub(crate) struct EventParser {
    /// The incomplete line.
    line: Vec<u8>,
    name: String,
    data: String,
}

/// Far more than Doorward's events need. Longer input is discarded.
const MAX_LENGTH: usize = 16 * 1024;

impl EventParser {
    /// Reads the next piece of input and returns the events that it completes.
    pub(crate) fn push(&mut self, piece: &[u8]) -> Vec<Event> {
        let mut events = Vec::new();
        for &byte in piece {
            if byte != b'\n' {
                if self.line.len() < MAX_LENGTH {
                    self.line.push(byte);
                }
                continue;
            }
            let line = std::mem::take(&mut self.line);
            // A line that is not UTF-8 reads as empty: Doorward sends none.
            let line = str::from_utf8(&line).unwrap_or_default();
            let line = line.strip_suffix('\r').unwrap_or(line);
            if line.is_empty() {
                events.extend(self.complete());
            } else {
                self.read_field(line);
            }
        }
        events
    }

    /// A line that starts with a colon is a comment: its field name is empty.
    fn read_field(&mut self, line: &str) {
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "event" => value.clone_into(&mut self.name),
            "data" if self.data.len() < MAX_LENGTH => {
                self.data.push_str(value);
                self.data.push('\n');
            }
            _ => {}
        }
    }

    fn complete(&mut self) -> Option<Event> {
        let Self { name, data, .. } = std::mem::take(self);
        let data = data.strip_suffix('\n')?;
        Some(Event { name, data: data.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(name: &str, data: &str) -> Event {
        Event { name: name.to_owned(), data: data.to_owned() }
    }

    #[test]
    fn events_are_parsed_however_the_input_is_cut() {
        let stream = ": hello\n\nevent: session-ended\r\nid: 7\ndata: {\"é\":\ndata:1}\r\n\r\n:\n\ndata: more\n\nevent: half\nda";
        let expected = [event("session-ended", "{\"é\":\n1}"), event("", "more")];
        for length in [1, 2, 3, 7, stream.len()] {
            let mut parser = EventParser::default();
            let events: Vec<_> = stream.as_bytes().chunks(length).flat_map(|piece| parser.push(piece)).collect();
            assert_eq!(events, expected, "in pieces of {length}");
        }
    }

    #[test]
    fn a_block_without_data_is_not_an_event() {
        assert_eq!(EventParser::default().push(b"event: x\n\n\n\nretry: 5\n\n"), []);
    }

    #[test]
    fn endless_input_is_not_kept() {
        let mut parser = EventParser::default();
        for _ in 0..10_000 {
            parser.push(b"data: a line of a page that is not an event stream ");
        }
        for _ in 0..10_000 {
            parser.push(b"data: a line of a page that is not an event stream\n");
        }
        assert!(parser.line.capacity() + parser.data.capacity() < 5 * MAX_LENGTH);
    }
}
