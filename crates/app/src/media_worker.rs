//! The process that decodes pictures. It gives up all that it doesn't need before it reads a byte: whatever a picture
//! makes of it reaches no file and no network, and ends soon.

use std::io;

use crate::failure::Failure;
use crate::host;

/// Reads one picture from stdin and writes what came of it to stdout.
///
/// # Errors
/// When the process can't be confined, or its parent is gone.
pub(crate) fn run() -> Result<(), Failure> {
    confine().map_err(Failure::bug)?;
    host::run_media_worker(io::stdin().lock(), io::stdout().lock()).map_err(Failure::bug)
}

/// Limits of the process: its memory (of which a decoder may take 256 MiB), its time, its files.
#[cfg(unix)]
fn confine() -> Result<(), Box<dyn std::error::Error>> {
    use rustix::process::{Resource, Rlimit, setrlimit};

    const MEMORY_BYTES: u64 = 768 * 1024 * 1024;
    const CPU_SECONDS: u64 = 10;
    const OPEN_FILES: u64 = 8;

    for (resource, most) in [
        (Resource::As, MEMORY_BYTES),
        (Resource::Cpu, CPU_SECONDS),
        (Resource::Nofile, OPEN_FILES),
        (Resource::Fsize, 0),
        (Resource::Core, 0),
    ] {
        let limit = Rlimit {
            current: Some(most),
            maximum: Some(most),
        };
        // A system that doesn't know one of them still has the others.
        let _unknown = setrlimit(resource, limit);
    }
    give_up_files_and_network()
}

#[cfg(not(unix))]
fn confine() -> Result<(), Box<dyn std::error::Error>> {
    Ok(())
}

/// As much of it as the kernel offers.
#[cfg(target_os = "linux")]
fn give_up_files_and_network() -> Result<(), Box<dyn std::error::Error>> {
    use landlock::{ABI, Access as _, AccessFs, AccessNet, Ruleset, RulesetAttr as _, Scope};

    let ruleset = Ruleset::default()
        .handle_access(AccessFs::from_all(ABI::V6))?
        .handle_access(AccessNet::from_all(ABI::V6))?
        .scope(Scope::from_all(ABI::V6))?;
    ruleset.create()?.restrict_self()?;
    Ok(())
}

#[cfg(all(unix, not(target_os = "linux")))]
fn give_up_files_and_network() -> Result<(), Box<dyn std::error::Error>> {
    Ok(())
}
