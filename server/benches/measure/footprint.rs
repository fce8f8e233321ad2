//! What Doorward weighs: on the wire, in memory, and in time before the first answer.

use std::{fs, path::Path, thread, time::Duration};

use crate::{
    Figure, Result,
    client::register,
    median,
    process::{Folder, Server},
};

const STARTS: usize = 15;

pub(crate) fn measure() -> Result<Vec<Figure>> {
    let data = Folder::create("bench-footprint")?;
    // The first start creates the database, and somebody is in it.
    register(Server::start(&data)?.address, 1)?;

    let start = |_| Ok(Server::start(&data)?.started_in.as_secs_f64() * 1000.0);
    let started_in = median((0..STARTS).map(start).collect::<Result<_>>()?);

    let server = Server::start(&data)?;
    thread::sleep(Duration::from_secs(3));
    let at_rest = server.memory()?;

    let wasm = wasm_on_the_wire()?;
    Ok(vec![
        Figure {
            what: "From start to first answer, on an existing database",
            result: format!("{started_in:.0} ms"),
            goal: Some(("≤ 50 ms", started_in <= 50.0)),
        },
        Figure {
            what: "Memory at rest", result: format!("{at_rest:.1} MB"), goal: Some(("≤ 20 MB", at_rest <= 20.0))
        },
        Figure {
            what: "WebAssembly, brotli",
            result: format!("{wasm:.1} kB"),
            goal: Some(("≤ 186 kB", wasm <= 186.0)),
        },
    ])
}

/// In kilobytes.
fn wasm_on_the_wire() -> Result<f64> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/site/pkg");
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_name().to_string_lossy().ends_with(".wasm.br") {
            return Ok(f64::from(u32::try_from(entry.metadata()?.len())?) / 1000.0);
        }
    }
    Err("no WebAssembly: run `make release` first".into())
}
