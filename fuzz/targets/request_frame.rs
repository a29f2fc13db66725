//! Fuzzes `request_frame`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| xchat_fuzz::proto_targets::request_frame(bytes));
