//! Fuzzes `sealed_content`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| xchat_fuzz::proto_targets::sealed_content(bytes));
