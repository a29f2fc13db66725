//! Fuzzes `contact_card`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| xchat_fuzz::proto_targets::contact_card(bytes));
