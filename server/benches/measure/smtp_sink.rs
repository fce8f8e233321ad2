//! An SMTP server in this process that accepts every mail and keeps none.

use std::{
    io::{self, BufRead, BufReader, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

pub(crate) struct SmtpSink {
    address: SocketAddr,
    accepted: Arc<AtomicUsize>,
}

impl SmtpSink {
    pub(crate) fn start() -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let sink = Self { address: listener.local_addr()?, accepted: Arc::default() };
        let accepted = sink.accepted.clone();
        thread::spawn(move || {
            for stream in listener.incoming().filter_map(io::Result::ok) {
                let accepted = accepted.clone();
                // A client may hang up at any time.
                thread::spawn(move || drop(talk(stream, &accepted)));
            }
        });
        Ok(sink)
    }

    /// The value of the setting `mail`.
    pub(crate) fn url(&self) -> String {
        url(self.address)
    }

    /// How many mails have been accepted so far.
    pub(crate) fn accepted(&self) -> usize {
        self.accepted.load(Ordering::Relaxed)
    }
}

/// The value of the setting `mail` for a server that is gone.
pub(crate) fn gone() -> io::Result<String> {
    let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
    Ok(url(address))
}

fn url(address: SocketAddr) -> String {
    format!("smtp://{address}")
}

fn talk(mut stream: TcpStream, accepted: &AtomicUsize) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut lines = BufReader::new(stream.try_clone()?).lines();
    stream.write_all(b"220 sink\r\n")?;
    while let Some(line) = lines.next() {
        match line?.split(' ').next() {
            Some("DATA") => {
                stream.write_all(b"354 go on\r\n")?;
                for line in lines.by_ref() {
                    if line? == "." {
                        break;
                    }
                }
                accepted.fetch_add(1, Ordering::Relaxed);
                stream.write_all(b"250 accepted\r\n")?;
            }
            Some("QUIT") => return stream.write_all(b"221 bye\r\n"),
            _ => stream.write_all(b"250 sink\r\n")?,
        }
    }
    Ok(())
}
