//! Villains, one per file: what each may do, and what it can't.

mod equivocator;
mod forger;
mod historian;
mod lab;
mod liar;
mod reaper;
mod repeater;
mod two_faced;
mod withholder;
