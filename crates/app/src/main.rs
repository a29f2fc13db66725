//! The `xchat` binary.

fn main() {}
