//! Profiles on a real disk.

use super::*;

#[test]
fn a_profile_opens_again_with_the_same_key() {
    let folder = tempfile::tempdir().unwrap();
    let made = Profile::create(folder.path(), None).unwrap();
    let key = made.key.clone();
    drop(made);
    let opened = Profile::open(folder.path(), None).unwrap();
    assert_eq!(opened.key, key);
    assert!(!opened.is_protected());
}

#[test]
fn the_passphrase_is_set_changed_and_removed() {
    let folder = tempfile::tempdir().unwrap();
    let mut profile = Profile::create(folder.path(), Some("correct horse")).unwrap();
    let key = profile.key.clone();
    let file = fs::read(folder.path().join(KEY)).unwrap();
    assert!(
        !file
            .windows(KEY_PART)
            .any(|part| key.windows(KEY_PART).any(|secret| secret == part)),
        "no part of the key is in the file"
    );
    for passphrase in ["correct horse", "battery staple"] {
        profile.set_passphrase(Some(passphrase)).unwrap();
        drop(profile);
        let without = Profile::open(folder.path(), None);
        assert!(
            matches!(without, Err(ProfileError::PassphraseNeeded)),
            "{without:?}"
        );
        let wrong = Profile::open(folder.path(), Some("wrong"));
        assert!(matches!(wrong, Err(ProfileError::WrongPassphrase)), "{wrong:?}");
        profile = Profile::open(folder.path(), Some(passphrase)).unwrap();
        assert!(profile.is_protected());
        assert_eq!(profile.key, key);
    }
    profile.set_passphrase(None).unwrap();
    drop(profile);
    assert_eq!(Profile::open(folder.path(), None).unwrap().key, key);
}

const KEY_PART: usize = 4;

#[test]
fn one_process_at_a_time() {
    let folder = tempfile::tempdir().unwrap();
    let first = Profile::create(folder.path(), None).unwrap();
    assert!(matches!(
        Profile::open(folder.path(), None),
        Err(ProfileError::InUse)
    ));
    assert!(matches!(
        Profile::create(folder.path(), None),
        Err(ProfileError::InUse)
    ));
    drop(first);
    assert!(matches!(
        Profile::create(folder.path(), None),
        Err(ProfileError::AlreadyThere)
    ));
    Profile::open(folder.path(), None).unwrap();
}

#[test]
fn what_is_missing_or_damaged_is_named() {
    let folder = tempfile::tempdir().unwrap();
    assert!(matches!(
        Profile::open(folder.path(), None),
        Err(ProfileError::NotThere)
    ));
    assert!(!Profile::is_there(folder.path()));
    drop(Profile::create(folder.path(), Some("one")).unwrap());
    let path = folder.path().join(KEY);
    let whole = fs::read(&path).unwrap();
    for length in 0..whole.len() {
        fs::write(&path, &whole[..length]).unwrap();
        let cut = Profile::open(folder.path(), Some("one"));
        assert!(
            matches!(cut, Err(ProfileError::Damaged(_))),
            "cut to {length}: {cut:?}"
        );
    }
    fs::remove_file(&path).unwrap();
    fs::write(folder.path().join(DATABASE), b"something").unwrap();
    assert!(matches!(
        Profile::open(folder.path(), None),
        Err(ProfileError::Damaged(_))
    ));
}

#[test]
fn the_port_is_remembered() {
    let folder = tempfile::tempdir().unwrap();
    let profile = Profile::create(folder.path(), None).unwrap();
    assert_eq!(profile.last_port(), None);
    profile.remember_port(40_001);
    assert_eq!(profile.last_port(), Some(40_001));
    fs::write(folder.path().join(PORT), b"no port").unwrap();
    assert_eq!(profile.last_port(), None);
}

#[test]
fn the_mark_is_kept_and_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let profile = Profile::create(folder.path(), None).unwrap();
    assert_eq!(profile.mark().unwrap(), None);
    for mark in [[1; 32], [2; 32]] {
        profile.keep_mark(&mark).unwrap();
        assert_eq!(profile.mark().unwrap(), Some(mark));
    }
}

#[cfg(unix)]
#[test]
fn nobody_else_can_read_the_key() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("new").join("profile");
    drop(Profile::create(&path, None).unwrap());
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&path), 0o700);
    assert_eq!(mode(&path.join(KEY)), 0o600);
}
