//! An HTTP client with as little overhead as possible: prepared requests on persistent connections.

use std::{
    io::{self, Read, Write},
    net::{SocketAddr, TcpStream},
    thread,
    time::{Duration, Instant},
};

use serde_json::Value;

use crate::Result;

/// The bytes of a request.
pub(crate) fn request(method: &str, path: &str, headers: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!(
        "{method} {path} HTTP/1.1\r\nhost: bench\r\nsec-fetch-site: same-origin\r\n\
         content-type: application/json\r\ncontent-length: {length}\r\n{headers}\r\n{body}"
    )
    .into_bytes()
}

/// The `Authorization` header, complete with its line end.
pub(crate) fn bearer(token: &str) -> String {
    format!("authorization: Bearer {token}\r\n")
}

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

    /// Sends a request and returns head and body of the response. A status other than 2xx is an error.
    pub(crate) fn send(&mut self, request: &[u8]) -> Result<(&str, &[u8])> {
        self.write(request)?;
        self.read()
    }

    /// Sends a request and returns the status of the response.
    pub(crate) fn status(&mut self, request: &[u8]) -> Result<u16> {
        self.write(request)?;
        self.read_status()
    }

    pub(crate) fn read_status(&mut self) -> Result<u16> {
        let (head, _) = self.read_any()?;
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
        status.ok_or_else(|| format!("no status in {head}").into())
    }

    pub(crate) fn write(&mut self, request: &[u8]) -> io::Result<()> {
        self.stream.write_all(request)
    }

    fn read(&mut self) -> Result<(&str, &[u8])> {
        let (head, body) = self.read_any()?;
        if head.starts_with("HTTP/1.1 2") {
            Ok((head, body))
        } else {
            Err(format!("{head}{}", String::from_utf8_lossy(body)).into())
        }
    }

    fn read_any(&mut self) -> Result<(&str, &[u8])> {
        let mut filled = 0;
        let (end_of_head, end) = loop {
            match self.stream.read(&mut self.buffer[filled..])? {
                0 => return Err("the server closed the connection".into()),
                read => filled += read,
            }
            if let Some((head, body)) = lengths(&self.buffer[..filled])
                && filled >= head + body
            {
                break (head, head + body);
            }
        };
        let head = str::from_utf8(&self.buffer[..end_of_head])?;
        Ok((head, &self.buffer[end_of_head..end]))
    }
}

/// The lengths of head and body; `None` until the head is complete.
fn lengths(response: &[u8]) -> Option<(usize, usize)> {
    const NAME: &[u8] = b"\ncontent-length: ";
    let head = response.windows(4).position(|end| end == b"\r\n\r\n")? + 4;
    let body = response[..head].windows(NAME.len()).position(|name| name == NAME).map_or(0, |at| {
        let digits = response[at + NAME.len()..].iter().take_while(|byte| byte.is_ascii_digit());
        digits.fold(0, |length, digit| length * 10 + usize::from(digit - b'0'))
    });
    Some((head, body))
}

/// Repeats each request on its own connection, and counts the responses per second. A thread writes on all of its
/// connections before it reads, so that it sleeps less often and leaves more of the processor to the server.
pub(crate) fn requests_per_second(
    address: SocketAddr,
    requests: &[Vec<u8>],
    threads: usize,
    duration: Duration,
) -> Result<f64> {
    let start = Instant::now();
    let end = start + duration;
    let responses: u32 = thread::scope(|scope| {
        let shares = requests.chunks(requests.len() / threads);
        let threads: Vec<_> = shares.map(|share| scope.spawn(move || repeat(address, share, end))).collect();
        threads.into_iter().map(|thread| thread.join().map_err(|_| "a client panicked")?).sum::<Result<_>>()
    })?;
    Ok(f64::from(responses) / start.elapsed().as_secs_f64())
}

fn repeat(address: SocketAddr, requests: &[Vec<u8>], end: Instant) -> Result<u32> {
    let mut connections = requests.iter().map(|_| Connection::open(address)).collect::<io::Result<Vec<_>>>()?;
    let mut responses = 0;
    while Instant::now() < end {
        for (connection, request) in connections.iter_mut().zip(requests) {
            connection.write(request)?;
        }
        for connection in &mut connections {
            connection.read()?;
            responses += 1;
        }
    }
    Ok(responses)
}

/// A logged-in user.
pub(crate) struct User {
    /// Empty under `server-session`, which has only the cookie.
    pub(crate) access_token: String,
    /// As name and value.
    pub(crate) cookie: String,
    /// The request of another login.
    pub(crate) login: Vec<u8>,
    /// The same from the browser that has logged in before.
    pub(crate) login_from_known_browser: Vec<u8>,
}

/// Registers this many users.
pub(crate) fn register(address: SocketAddr, users: usize) -> Result<Vec<User>> {
    let mut connection = Connection::open(address)?;
    (0..users)
        .map(|number| {
            let credentials = format!(r#""email":"user{number}@example.com","password":"violet otters sing at noon""#);
            let form = format!(r#"{{{credentials},"name":"User"}}"#);
            let (head, body) = connection.send(&request("POST", "/api/auth/register", "", &form))?;
            let cookies = head.lines().filter_map(|line| line.strip_prefix("set-cookie: ")?.split(';').next());
            let (device, others): (Vec<_>, Vec<_>) = cookies.partition(|cookie| cookie.contains("device="));
            let device = format!("cookie: {}\r\n", device.concat());
            let cookie = others.first().ok_or("no cookie")?.to_string();
            let token_response: Value = serde_json::from_slice(body)?;
            Ok(User {
                access_token: token_response["access_token"].as_str().unwrap_or_default().to_owned(),
                cookie,
                login_from_known_browser: request("POST", "/api/auth/login", &device, &format!("{{{credentials}}}")),
                login: request("POST", "/api/auth/login", "", &format!("{{{credentials}}}")),
            })
        })
        .collect()
}
