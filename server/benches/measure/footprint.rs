//! Start time, memory at rest and download size.

use std::{fs, path::Path, thread, time::Duration};

use crate::{
    Figure, Result,
    client::register,
    median,
    server_process::{Server, TempFolder},
};

const STARTS: usize = 15;

pub(crate) fn measure() -> Result<Vec<Figure>> {
    let data = TempFolder::create("bench-footprint")?;
    // The first start creates the database.
    register(Server::start(&data)?.address, 1)?;

    let start = |_| Ok(Server::start(&data)?.started_in.as_secs_f64() * 1000.0);
    let started_in = median((0..STARTS).map(start).collect::<Result<_>>()?);

    let server = Server::start(&data)?;
    thread::sleep(Duration::from_secs(3));
    let at_rest = server.memory()?;

    let wasm = wasm_size()?;
    Ok(vec![
        Figure {
            label: "Start to first response, existing database",
            result: format!("{started_in:.0} ms"),
            goal: Some(("≤ 50 ms", started_in <= 50.0)),
        },
        Figure {
            label: "Memory at rest",
            result: format!("{at_rest:.1} MB"),
            goal: Some(("≤ 20 MB", at_rest <= 20.0)),
        },
        Figure {
            label: "WebAssembly, brotli",
            result: format!("{wasm:.1} kB"),
            goal: Some(("≤ 186 kB", wasm <= 186.0)),
        },
    ])
}

/// The compressed size in kilobytes.
fn wasm_size() -> Result<f64> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/site/pkg");
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_name().to_string_lossy().ends_with(".wasm.br") {
            return Ok(f64::from(u32::try_from(entry.metadata()?.len())?) / 1000.0);
        }
    }
    Err("no WebAssembly: run `make release` first".into())
}
