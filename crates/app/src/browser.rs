//! The desktop's browser.
//!
//! The address of the page holds a one-time code, and the arguments of a process can be seen by other users of the
//! machine. So the browser is given a file that only the owner can read, and that leads to the address.

use std::process::{Command, Stdio};
use std::time::Duration;

use crate::private_file;
use crate::profile::Profile;

const FILE: &str = "open.html";
/// For the browser to have read the file.
const FILE_TIME: Duration = Duration::from_secs(30);

/// Whether there is a desktop to open a page on.
pub(crate) fn is_there() -> bool {
    if cfg!(any(target_os = "macos", target_os = "windows")) {
        return true;
    }
    ["DISPLAY", "WAYLAND_DISPLAY"]
        .iter()
        .any(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty()))
}

/// Opens an address of our own. When it can't, the address stands in the terminal.
pub(crate) fn open(profile: &Profile, address: &str) {
    let path = profile.file(FILE);
    if private_file::write(&path, redirect(address).as_bytes()).is_err() {
        return;
    }
    let mut command = if cfg!(target_os = "macos") {
        Command::new("open")
    } else if cfg!(target_os = "windows") {
        Command::new("explorer")
    } else {
        Command::new("xdg-open")
    };
    command
        .arg(&path)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    if let Err(error) = command.spawn() {
        tracing::info!(%error, "no browser could be opened");
    }
    tokio::spawn(async move {
        tokio::time::sleep(FILE_TIME).await;
        let _gone = std::fs::remove_file(path);
    });
}

fn redirect(address: &str) -> String {
    // The address is ours: digits, letters, and nothing that HTML knows.
    format!(
        "<!doctype html><meta charset=\"utf-8\"><title>X Chat</title>\
         <meta http-equiv=\"refresh\" content=\"0;url={address}\"><a href=\"{address}\">X Chat</a>\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_leads_to_the_page() {
        let page = redirect("http://127.0.0.1:7470/#abc");
        assert!(page.contains("content=\"0;url=http://127.0.0.1:7470/#abc\""));
    }
}
