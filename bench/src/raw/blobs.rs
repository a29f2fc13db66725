//! Files as iroh-blobs moves them: a program of its own, so that what it depends on is no part of the product.

use std::path::Path;
use std::process::Command;

use anyhow::Context as _;

/// Where `cargo xtask bench` says that the program is.
const PROGRAM: &str = "XCHAT_BENCH_IROH_BLOBS";

/// How fast it is, in MiB a second.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Speed {
    /// Into a store.
    pub(crate) import: f64,
    /// From one store to another on loopback.
    pub(crate) transfer: f64,
}

/// Measures a file; nothing when the program isn't there.
pub(crate) fn moved(file: &Path, folder: &Path) -> anyhow::Result<Option<Speed>> {
    let Some(program) = std::env::var_os(PROGRAM) else {
        return Ok(None);
    };
    let output = Command::new(program).arg(file).arg(folder).output()?;
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    anyhow::ensure!(
        output.status.success(),
        "iroh-blobs failed: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    let figure = |name: &str| -> anyhow::Result<f64> {
        let line = said.lines().find_map(|line| line.strip_prefix(name));
        Ok(line
            .with_context(|| format!("iroh-blobs tells no {name}"))?
            .trim()
            .parse()?)
    };
    Ok(Some(Speed {
        import: figure("import")?,
        transfer: figure("transfer")?,
    }))
}
