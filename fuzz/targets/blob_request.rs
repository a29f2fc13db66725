//! Fuzzes `blob_request`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| xchat_fuzz::proto_targets::blob_request(bytes));
