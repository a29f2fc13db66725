//! Logs: append, decide commits, read, subscribe, expire; and the stores that keep them.
