//! A client that costs next to nothing: prepared requests on a kept connection, and just enough reading.

use std::{
    io::{self, Read, Write},
    net::{SocketAddr, TcpStream},
    thread,
    time::{Duration, Instant},
};

use serde_json::Value;

use crate::Result;

/// A request as it goes over the wire.
pub(crate) fn request(method: &str, path: &str, headers: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!(
        "{method} {path} HTTP/1.1\r\nhost: bench\r\nsec-fetch-site: same-origin\r\n\
         content-type: application/json\r\ncontent-length: {length}\r\n{headers}\r\n{body}"
    )
    .into_bytes()
}

/// The header with an access token.
pub(crate) fn bearer(token: &str) -> String {
    format!("authorization: Bearer {token}\r\n")
}

/// A kept connection.
pub(crate) struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Connection {
    pub(crate) fn open(address: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, buffer: vec![0; 64 * 1024] })
    }

    /// Sends a request and waits for the answer: its head and its body. Everything but success is an error.
    pub(crate) fn send(&mut self, request: &[u8]) -> Result<(&str, &[u8])> {
        self.ask(request)?;
        self.answer()
    }

    fn ask(&mut self, request: &[u8]) -> io::Result<()> {
        self.stream.write_all(request)
    }

    fn answer(&mut self) -> Result<(&str, &[u8])> {
        let mut filled = 0;
        let (end_of_head, end) = loop {
            match self.stream.read(&mut self.buffer[filled..])? {
                0 => return Err("the server hung up".into()),
                read => filled += read,
            }
            if let Some((head, body)) = lengths(&self.buffer[..filled])
                && filled >= head + body
            {
                break (head, head + body);
            }
        };
        let head = str::from_utf8(&self.buffer[..end_of_head])?;
        let body = &self.buffer[end_of_head..end];
        if head.starts_with("HTTP/1.1 2") {
            Ok((head, body))
        } else {
            Err(format!("{head}{}", String::from_utf8_lossy(body)).into())
        }
    }
}

/// The lengths of head and body, once the head is complete.
fn lengths(answer: &[u8]) -> Option<(usize, usize)> {
    const NAME: &[u8] = b"\ncontent-length: ";
    let head = answer.windows(4).position(|end| end == b"\r\n\r\n")? + 4;
    let body = answer[..head].windows(NAME.len()).position(|name| name == NAME).map_or(0, |at| {
        let digits = answer[at + NAME.len()..].iter().take_while(|byte| byte.is_ascii_digit());
        digits.fold(0, |length, digit| length * 10 + usize::from(digit - b'0'))
    });
    Some((head, body))
}

/// Sends each of the requests over and over, on a connection of its own, and counts the answers per second. A thread
/// that serves several connections asks on all of them before it reads: it sleeps less, and so leaves more to the server.
pub(crate) fn requests_per_second(
    address: SocketAddr,
    requests: &[Vec<u8>],
    threads: usize,
    duration: Duration,
) -> Result<f64> {
    let begin = Instant::now();
    let until = begin + duration;
    let answers: u32 = thread::scope(|scope| {
        let shares = requests.chunks(requests.len() / threads);
        let threads: Vec<_> = shares.map(|share| scope.spawn(move || repeat(address, share, until))).collect();
        threads.into_iter().map(|thread| thread.join().map_err(|_| "a client panicked")?).sum::<Result<_>>()
    })?;
    Ok(f64::from(answers) / begin.elapsed().as_secs_f64())
}

fn repeat(address: SocketAddr, requests: &[Vec<u8>], until: Instant) -> Result<u32> {
    let mut connections = requests.iter().map(|_| Connection::open(address)).collect::<io::Result<Vec<_>>>()?;
    let mut answers = 0;
    while Instant::now() < until {
        for (connection, request) in connections.iter_mut().zip(requests) {
            connection.ask(request)?;
        }
        for connection in &mut connections {
            connection.answer()?;
            answers += 1;
        }
    }
    Ok(answers)
}

/// Somebody with an account, logged in.
pub(crate) struct Person {
    /// Empty where a session cookie stands in its place.
    pub(crate) access_token: String,
    /// The cookie as it is sent.
    pub(crate) cookie: String,
    /// Logs in once more.
    pub(crate) login: Vec<u8>,
}

/// Registers a number of people.
pub(crate) fn register(address: SocketAddr, people: usize) -> Result<Vec<Person>> {
    let mut connection = Connection::open(address)?;
    (0..people)
        .map(|number| {
            let credentials =
                format!(r#""email":"person{number}@example.com","password":"violet otters sing at noon""#);
            let form = format!(r#"{{{credentials},"name":"Person"}}"#);
            let (head, body) = connection.send(&request("POST", "/api/auth/register", "", &form))?;
            let cookie = head.lines().find_map(|line| line.strip_prefix("set-cookie: ")?.split(';').next());
            let grant: Value = serde_json::from_slice(body)?;
            Ok(Person {
                access_token: grant["access_token"].as_str().unwrap_or_default().to_owned(),
                cookie: cookie.ok_or("no cookie")?.to_owned(),
                login: request("POST", "/api/auth/login", "", &format!("{{{credentials}}}")),
            })
        })
        .collect()
}
