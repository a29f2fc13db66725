//! What this machine could not test. A test that only returns has passed, so it says so here, and `cargo xtask test`
//! shows it at the end.

use std::io::Write as _;

/// The file that takes one line for each.
const FILE: &str = "XCHAT_NOT_TESTED";

/// Tells that a test did not test what it is there for, and why.
#[expect(clippy::print_stdout, reason = "for whoever runs this test alone")]
pub(crate) fn tell(test: &str, reason: &str) {
    println!("NOT TESTED: {test}: {reason}");
    let Some(path) = std::env::var_os(FILE) else {
        return;
    };
    let file = std::fs::OpenOptions::new().create(true).append(true).open(path);
    // In one write, so that tests in other processes don't write into the middle of it.
    file.unwrap()
        .write_all(format!("{test}: {reason}\n").as_bytes())
        .unwrap();
}
