//! Fuzzes `directory_request`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| xchat_fuzz::proto_targets::directory_request(bytes));
