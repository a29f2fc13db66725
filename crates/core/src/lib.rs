//! The messenger as a machine: account, MLS conversations, outbox, history and sync policy in one SQLite file.

pub mod mls_store;
pub mod provider;
