//! Villains, one per file: what each may do, and what it can't.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

#[path = "villains/equivocator.rs"]
mod equivocator;
#[path = "villains/forger.rs"]
mod forger;
#[path = "villains/historian.rs"]
mod historian;
#[path = "villains/lab.rs"]
mod lab;
#[path = "villains/liar.rs"]
mod liar;
#[path = "villains/reaper.rs"]
mod reaper;
#[path = "villains/repeater.rs"]
mod repeater;
#[path = "villains/two_faced.rs"]
mod two_faced;
#[path = "villains/withholder.rs"]
mod withholder;
