//! The data directory on a real file system.

use super::*;

#[test]
fn a_seed_stays_the_same_and_is_the_owners_alone() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("node");
    let first = DataDir::open(&path).unwrap().seed("a.key").unwrap();
    let again = DataDir::open(&path).unwrap();
    assert_eq!(*again.seed("a.key").unwrap(), *first);
    assert_ne!(*again.seed("b.key").unwrap(), *first);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&path.join("a.key")), 0o600);
        assert_eq!(mode(&path), 0o700);
    }
}

#[test]
fn a_torn_write_leaves_the_old_file() {
    let dir = tempfile::tempdir().unwrap();
    let data = DataDir::open(dir.path()).unwrap();
    data.keep_port("port", 7000).unwrap();
    fs::write(dir.path().join("port.new"), b"70").unwrap();
    assert_eq!(data.port("port").unwrap(), Some(7000));
    data.keep_port("port", 7001).unwrap();
    assert_eq!(data.port("port").unwrap(), Some(7001));
}

#[test]
fn a_damaged_file_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let data = DataDir::open(dir.path()).unwrap();
    fs::write(dir.path().join("a.key"), b"short").unwrap();
    fs::write(dir.path().join("port"), b"seventy").unwrap();
    assert!(matches!(data.seed("a.key"), Err(DataDirError::Damaged("a.key"))));
    assert!(matches!(data.port("port"), Err(DataDirError::Damaged("port"))));
}

#[test]
fn one_node_at_a_time() {
    let dir = tempfile::tempdir().unwrap();
    let first = DataDir::open(dir.path()).unwrap();
    assert!(matches!(
        DataDir::open(dir.path()),
        Err(DataDirError::AlreadyRunning)
    ));
    drop(first);
    assert!(DataDir::open(dir.path()).is_ok());
}
