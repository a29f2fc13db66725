//! The body of the messenger and the SDK: an async facade over the core machine.
