//! Fuzzes `reply_frame`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| xchat_fuzz::proto_targets::reply_frame(bytes));
