//! An operator's node: serves mailbox, directory and relay over iroh.
