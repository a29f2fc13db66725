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

/// Browsers that show a page in a window of its own, by what they are called on Linux.
const WINDOWED: [&str; 8] = [
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "brave-browser",
    "brave",
    "microsoft-edge",
    "microsoft-edge-stable",
];

/// Opens an address of our own in a window without tabs and bars. Whether there is a browser that does that.
///
/// The code in the address stands among the browser's arguments, where other users of the machine can see it: so it
/// must be one that is of no use to them. Where the system doesn't tell who is at the other end of a connection there
/// is none, so this is for Linux alone.
pub(crate) fn open_window(address: &str) -> bool {
    if !cfg!(target_os = "linux") {
        return false;
    }
    WINDOWED.iter().any(|browser| {
        let mut command = Command::new(browser);
        command
            .arg(format!("--app={address}"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        command.spawn().is_ok()
    })
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
