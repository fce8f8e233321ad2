//! The streams of events that the tests' server keeps open.

use std::cell::RefCell;

use futures::channel::mpsc::{UnboundedReceiver, UnboundedSender, unbounded};

/// Each with the session that it is about.
#[derive(Default)]
pub(super) struct Streams(RefCell<Vec<(usize, UnboundedSender<Vec<u8>>)>>);

impl Streams {
    /// A stream that has begun with a sign of life.
    pub(super) fn open(&self, row: usize) -> UnboundedReceiver<Vec<u8>> {
        let (server, browser) = unbounded();
        _ = server.unbounded_send(b":\n\n".to_vec());
        self.0.borrow_mut().push((row, server));
        browser
    }

    /// Tells whoever listens to this session that it is over, in two pieces, and closes their streams.
    pub(super) fn tell(&self, row: usize, reason: &str) {
        self.0.borrow_mut().retain(|(of, stream)| {
            if *of == row {
                let ended = r#"{"at":"2026-12-01T14:02:00Z","by":{"browser":"Firefox","os":"Linux"}}"#;
                let data = format!(r#"{{"session":"{row}","reason":"{reason}","ended":{ended}}}"#);
                _ = stream.unbounded_send(b"event: session-ended\ndata: ".to_vec());
                _ = stream.unbounded_send(format!("{data}\n\n").into_bytes());
            }
            *of != row
        });
    }

    /// The connections break.
    pub(super) fn cut(&self) {
        self.0.borrow_mut().clear();
    }

    /// How many somebody listens to.
    pub(super) fn count(&self) -> usize {
        self.0.borrow().iter().filter(|(_, stream)| !stream.is_closed()).count()
    }
}
