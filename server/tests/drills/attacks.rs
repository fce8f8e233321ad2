//! The requests of hostile clients. Each attack returns its connections, which hold what they have until they are dropped.

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    time::Duration,
};

use crate::Result;

pub type Attack = fn(SocketAddr) -> Result<Vec<TcpStream>>;

/// Opens connections that send this and read nothing. The server may refuse them, or stop reading.
fn open(count: usize, address: SocketAddr, bytes: &[u8]) -> Vec<TcpStream> {
    let connect = |_| {
        let mut client = TcpStream::connect_timeout(&address, Duration::from_secs(2)).ok()?;
        client.set_write_timeout(Some(Duration::from_millis(100))).ok()?;
        drop(client.write_all(bytes));
        Some(client)
    };
    (0..count).filter_map(connect).collect()
}

fn get(path: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nhost: drill\r\naccept-encoding: identity\r\n\r\n").into_bytes()
}

pub fn unread_downloads(address: SocketAddr) -> Result<Vec<TcpStream>> {
    Ok(open(1010, address, &get(&wasm_path(address)?)))
}

pub fn silent(address: SocketAddr) -> Result<Vec<TcpStream>> {
    Ok(open(1500, address, b""))
}

pub fn unfinished_bodies(address: SocketAddr) -> Result<Vec<TcpStream>> {
    let head =
        "POST /api/auth/login HTTP/1.1\r\nhost: drill\r\ncontent-type: application/json\r\ncontent-length: 99\r\n\r\n{";
    Ok(open(1010, address, head.as_bytes()))
}

pub fn unfinished_heads(address: SocketAddr) -> Result<Vec<TcpStream>> {
    Ok(open(1500, address, format!("GET / HTTP/1.1\r\nhost: drill\r\ncookie: {}", "x".repeat(400_000)).as_bytes()))
}

pub fn unread_pages(address: SocketAddr) -> Result<Vec<TcpStream>> {
    Ok(open(300, address, &http2("/login", 0, 200)))
}

/// As many as the server takes at once: more are refused, which costs it less.
pub fn as_many_unread_pages_as_allowed(address: SocketAddr) -> Result<Vec<TcpStream>> {
    Ok(open(300, address, &http2("/login", 0, 100)))
}

pub fn barely_read_pages(address: SocketAddr) -> Result<Vec<TcpStream>> {
    Ok(open(300, address, &http2("/login", 1, 200)))
}

pub fn unread_documents(address: SocketAddr) -> Result<Vec<TcpStream>> {
    Ok(open(300, address, &http2("/api/openapi.json", 0, 200)))
}

/// GET requests on an HTTP/2 connection whose client receives `window` bytes of each response.
fn http2(path: &str, window: u8, requests: u32) -> Vec<u8> {
    let frame = |kind: u8, flags: u8, stream: u32, payload: &[u8]| {
        let length = u8::try_from(payload.len()).unwrap_or(u8::MAX);
        [&[0, 0, length, kind, flags][..], &stream.to_be_bytes(), payload].concat()
    };
    let initial_window_size = [0, 4, 0, 0, 0, window];
    let mut bytes = [&b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"[..], &frame(4, 0, 0, &initial_window_size)].concat();
    for number in 0..requests {
        let length = u8::try_from(path.len()).unwrap_or(u8::MAX);
        // `:method: GET`, `:scheme: http`, `:authority: a`, `:path`.
        let head = [&[0x82, 0x86, 0x41, 1, b'a', 0x44, length], path.as_bytes()].concat();
        bytes.extend(frame(1, 5, 2 * number + 1, &head));
    }
    bytes
}

/// The path of the largest file, from the first page.
fn wasm_path(address: SocketAddr) -> Result<String> {
    let mut client = TcpStream::connect(address)?;
    client.write_all(b"GET / HTTP/1.1\r\nhost: drill\r\nconnection: close\r\n\r\n")?;
    let mut page = String::new();
    client.read_to_string(&mut page)?;
    let path = page.split(['"', '\'']).find(|part| part.starts_with("/pkg/") && part.ends_with(".wasm"));
    Ok(path.ok_or("no WebAssembly in the page: run `make release` first")?.to_owned())
}
