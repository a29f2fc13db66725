//! The chain from account to device, and every way to break it.

use super::*;

fn key(seed: u8) -> SigningKey {
    SigningKey::from_seed(&[seed; 32])
}

fn chain(keys: &[u8], device: u8) -> DeviceChain {
    let links: Vec<_> = keys
        .windows(2)
        .enumerate()
        .map(|(number, pair)| {
            sign_link(
                u32::try_from(number).unwrap(),
                &key(pair[0]),
                &key(pair[1]).public(),
            )
            .unwrap()
        })
        .collect();
    let newest = keys[keys.len() - 2];
    let certificate = DeviceCertificate {
        account: account_of(&links[0]),
        identity_number: u32::try_from(links.len()).unwrap() - 1,
        device: key(device).public(),
        created_ms: 1,
    };
    DeviceChain {
        name: "alice".parse().unwrap(),
        links: Bounded::new(links).unwrap(),
        device: Signed::new(&certificate, &key(newest)).unwrap(),
    }
}

#[test]
fn idn_01_a_device_is_certified_through_every_link() {
    let one = chain(&[1, 2], 9).verify().unwrap();
    let two = chain(&[1, 2, 3], 9).verify().unwrap();
    assert_eq!(one.account, two.account, "rotation keeps the account");
    assert_eq!(two.identity.number, 1);
    assert_eq!(two.device, key(9).public());
}

#[test]
fn idn_02_a_key_that_was_not_committed_to_is_refused() {
    let honest = chain(&[1, 2, 3], 9);
    let thief = sign_link(1, &key(66), &key(67).public()).unwrap();
    let links = vec![honest.links.as_slice()[0].clone(), thief];
    assert_eq!(verify_links(&links), Err(ChainError::NotCommitted(1)));
}

#[test]
fn idn_03_links_are_numbered_without_gaps() {
    let honest = chain(&[1, 2, 3], 9);
    assert_eq!(
        verify_links(&honest.links.as_slice()[1..]),
        Err(ChainError::OutOfPlace(1))
    );
    assert_eq!(verify_links(&[]), Err(ChainError::Empty));
}

#[test]
fn idn_04_a_device_of_another_account_is_refused() {
    let alice = chain(&[1, 2], 9);
    let mallory = chain(&[5, 6], 8);
    let mixed = DeviceChain {
        links: alice.links.clone(),
        ..mallory.clone()
    };
    assert!(matches!(
        mixed.verify(),
        Err(ChainError::Unverified(VerifyError::BadSignature))
    ));

    // Mallory certifies a device with her own key, for Alice's account.
    let claim = DeviceCertificate {
        account: alice.verify().unwrap().account,
        identity_number: 0,
        device: key(8).public(),
        created_ms: 1,
    };
    let forged = DeviceChain {
        device: Signed::new(&claim, &key(5)).unwrap(),
        ..mallory
    };
    assert_eq!(forged.verify(), Err(ChainError::OtherAccount));
}

#[test]
fn idn_05_a_replaced_identity_key_certifies_nothing() {
    let rotated = chain(&[1, 2, 3], 9);
    let certificate = DeviceCertificate {
        identity_number: 0,
        ..rotated.device.unverified().unwrap()
    };
    let stale = DeviceChain {
        device: Signed::new(&certificate, &key(1)).unwrap(),
        ..rotated.clone()
    };
    assert!(matches!(
        stale.verify(),
        Err(ChainError::Unverified(VerifyError::BadSignature))
    ));
    let relabelled = DeviceChain {
        device: Signed::new(&certificate, &key(2)).unwrap(),
        ..rotated
    };
    assert_eq!(relabelled.verify(), Err(ChainError::OldIdentity));
}
