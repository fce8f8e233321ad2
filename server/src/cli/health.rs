//! `doorward health`: whether the server on this machine is ready, for containers without `curl`.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    time::Duration,
};

use tokio::{net::TcpStream, time::timeout};

use super::failure::Failure;
use crate::{config::Config, http_request::get, output::print_line};

/// Shorter than what orchestrators wait for a probe.
const TIMEOUT: Duration = Duration::from_secs(4);

pub async fn health(config: &Config) -> Result<(), Failure> {
    let address = reachable(config.listen)?;
    check(address).await?;
    print_line!("ready");
    Ok(())
}

/// The address at which this machine reaches a server that listens on `listen`.
pub(super) fn reachable(listen: SocketAddr) -> Result<SocketAddr, String> {
    if listen.port() == 0 {
        return Err("listen: has port 0, so the server has picked one that only its output names; set a port".into());
    }
    let ip = match listen.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    Ok(SocketAddr::new(ip, listen.port()))
}

/// Requests `/readyz`.
pub(super) async fn check(address: SocketAddr) -> Result<(), String> {
    let response = timeout(TIMEOUT, async {
        let stream = TcpStream::connect(address).await.map_err(|error| error.to_string())?;
        get(stream, &address.to_string(), "/readyz").await
    });
    let response = response.await.unwrap_or_else(|_| Err(format!("no response within {} s", TIMEOUT.as_secs())));
    match response {
        Ok(response) if response.status == 200 => Ok(()),
        Ok(response) => {
            Err(format!("not ready: {address} responds with {}; the log of the server has the cause", response.status))
        }
        Err(error) => Err(format!("not ready: {address}: {error}")),
    }
}
