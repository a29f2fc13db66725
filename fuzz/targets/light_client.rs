//! Fuzzes `light_client`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| xchat_fuzz::light_target::light_client(bytes));
