//! Fuzzes `device_chain`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| xchat_fuzz::proto_targets::device_chain(bytes));
