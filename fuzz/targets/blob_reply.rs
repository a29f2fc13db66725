//! Fuzzes `blob_reply`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| xchat_fuzz::proto_targets::blob_reply(bytes));
