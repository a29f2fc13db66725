//! Logs: append, decide commits, read, subscribe, expire; and the stores that keep them.
//!
//! [`Mailbox`] is the machine of one home: commands and time in, replies and notices out, everything kept behind one
//! [`store::Store`]. [`Session`] is the machine of one connection: it admits requests and turns them into commands. NOT
//! their concern: sockets, clocks, and who the people are. The rules, LOG-01 and on, are in `docs/spec/mailbox.md`.

mod blob;
mod blob_session;
mod cache;
mod capabilities;
mod command;
mod layout;
mod log_state;
mod mailbox;
mod session;
pub mod store;
mod subscription;
mod transaction;

pub use blob::{BlobCommand, BlobDone, BlobFile, BlobPlace, BlobQuotas};
pub use blob_session::{BlobRoute, BlobSession, PricedBlob};
pub use capabilities::Capabilities;
pub use command::Command;
pub use mailbox::{Applied, BlobsApplied, Mailbox, Notice, OpenError, Page, PageLimits, Quotas};
pub use session::{EphemeralNotice, Priced, Route, Session};
pub use subscription::Subscription;
