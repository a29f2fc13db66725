//! Safety numbers and codes, held to values and to what a bad camera makes of them.

use super::*;

fn half(account: u8, key: u8) -> Fingerprint {
    Fingerprint::of(&AccountId([account; 32]), &PublicKey([key; 32]))
}

fn code() -> SafetyCode {
    SafetyCode {
        account: AccountId([1; 32]),
        own: half(1, 2),
        other: half(3, 4),
    }
}

#[test]
fn saf_01_both_sides_have_the_same_twelve_groups() {
    let number = groups(&half(1, 2), &half(3, 4));
    assert_eq!(number, groups(&half(3, 4), &half(1, 2)));
    for group in &number {
        assert!(group.len() == 5 && group.bytes().all(|byte| byte.is_ascii_digit()));
    }
    for other in [half(1, 9), half(9, 2), half(2, 1)] {
        assert_ne!(number, groups(&other, &half(3, 4)));
    }
}

#[test]
fn saf_01_the_digits_are_those_of_the_specification() {
    // Five bytes, big-endian, modulo 100,000: 0x0000000001 is 1, 0x00000186a0 is 100,000.
    let mut bytes = [0; 32];
    bytes[4] = 1;
    bytes[7..10].copy_from_slice(&[1, 0x86, 0xa0]);
    bytes[10..15].copy_from_slice(&[0xff; 5]);
    let [one, hundred_thousand, most, ..] = Fingerprint(bytes).groups();
    assert_eq!((one.as_str(), hundred_thousand.as_str()), ("00001", "00000"));
    assert_eq!(most, format!("{:05}", ((1_u64 << 40) - 1) % 100_000));
    let derived = blake3::derive_key("xchat v1 safety number", &[[1_u8; 32], [2; 32]].concat());
    assert_eq!(half(1, 2), Fingerprint(derived));
}

#[test]
fn saf_02_a_code_is_read_as_it_was_written() {
    let text = code().text();
    assert_eq!(SafetyCode::read(&text).unwrap(), code());
    let pasted = format!(" {}\n", text.to_lowercase());
    assert_eq!(SafetyCode::read(&pasted).unwrap(), code());
}

#[test]
fn saf_02_a_damaged_or_foreign_code_is_refused() {
    let text = code().text();
    let refused = |text: &str| SafetyCode::read(text).unwrap_err().code() == "malformed-code";
    assert!(refused("") && refused("XCHAT-SAFETY:") && refused("xchat:AAAA"));
    assert!(refused(&text[..text.len() - 2]) && refused(&"A".repeat(10_000)));
    for at in CODE_PREFIX.len()..text.len() {
        let other = if text.as_bytes()[at] == b'A' { "B" } else { "A" };
        let mut spoilt = text.clone();
        spoilt.replace_range(at..=at, other);
        assert!(refused(&spoilt), "character {at}");
    }
    let mut later = vec![2; 97];
    later.extend(checksum(&later));
    let later = format!("{CODE_PREFIX}{}", BASE32_NOPAD.encode(&later));
    assert!(
        SafetyCode::read(&later)
            .unwrap_err()
            .to_string()
            .contains("version")
    );
}
