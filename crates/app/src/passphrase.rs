//! The passphrase of a profile, where its owner set one.

use std::io::Read;

use crate::cli::Common;
use crate::failure::{Failure, Kind};
use crate::host;
use crate::profile::Profile;
use crate::screen;

/// In bytes.
const LENGTH_MAX: u64 = 4096;

/// The passphrase from the file that was named, if one was.
///
/// # Errors
/// When the file can't be read.
pub(crate) fn given(common: &Common) -> Result<Option<String>, Failure> {
    let Some(path) = &common.passphrase_file else {
        return Ok(None);
    };
    let mut text = String::new();
    std::fs::File::open(path)
        .and_then(|file| file.take(LENGTH_MAX).read_to_string(&mut text))
        .map_err(|error| Failure::usage(format!("the passphrase file can't be read: {error}")))?;
    let first = text.lines().next().unwrap_or_default();
    if first.is_empty() {
        return Err(Failure::usage("the passphrase file is empty"));
    }
    Ok(Some(first.to_owned()))
}

/// The passphrase from the file that was named, or from the terminal if the profile has one and nobody named a file.
///
/// # Errors
/// When the file can't be read, or a passphrase is needed and nobody is there to ask.
pub(crate) fn read(profile: &Profile, common: &Common) -> Result<Option<String>, Failure> {
    if let Some(passphrase) = given(common)? {
        return Ok(Some(passphrase));
    }
    if !host::is_protected(profile)? {
        return Ok(None);
    }
    if !screen::is_interactive() {
        return Err(Failure::new(
            Kind::Refused,
            "passphrase-needed",
            "a passphrase protects this profile",
        )
        .advise("Name a file that holds it with --passphrase-file"));
    }
    rpassword::prompt_password("Passphrase: ")
        .map(Some)
        .map_err(|error| Failure::storage("the terminal can't be read", &error))
}
