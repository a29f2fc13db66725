//! Fuzzes `inbox_message`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| xchat_fuzz::proto_targets::inbox_message(bytes));
