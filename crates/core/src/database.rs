//! The one SQLite file: SQLCipher-encrypted, opened with a raw key, migrated on open.
//!
//! NOT its concern: where the key comes from (the host keeps it), and what the rows mean.

mod schema;

use std::path::Path;

use rusqlite::{Connection, OpenFlags};
use thiserror::Error;
use zeroize::Zeroizing;

use crate::mls_store;
use crate::rows::search;
use schema::{SCHEMA, SINCE_1, SINCE_2, SINCE_3, SINCE_4, SINCE_5, SINCE_6};

/// The key of the database file.
pub type DatabaseKey = Zeroizing<[u8; 32]>;

const SCHEMA_VERSION: i64 = 7;
/// What a database of each version lacks of the next; of version 0 is one that is new.
const STEPS: [(i64, &str); 9] = [
    (0, SCHEMA),
    (0, mls_store::SCHEMA),
    (1, SINCE_1),
    (2, SINCE_2),
    (3, SINCE_3),
    (4, SINCE_4),
    (4, search::SCHEMA),
    (5, SINCE_5),
    (6, SINCE_6),
];
/// What the second connection may keep in memory of the index, in KiB.
const READER_CACHE_KIB: i64 = 32 * 1024;

/// Why a profile's database does not open.
#[derive(Debug, Error)]
pub enum OpenError {
    /// The key is not this file's, or the file is damaged.
    #[error("the key does not open this profile")]
    WrongKey,
    /// Written by a newer version.
    #[error("the profile was written by a newer version of X Chat (format {0})")]
    TooNew(i64),
    /// The disk or the database refuses.
    #[error("storage: {0}")]
    Storage(#[from] rusqlite::Error),
}

/// Opens or creates the database at `path`.
///
/// # Errors
/// [`OpenError`] when the key is wrong, the format too new or the disk refuses.
pub fn open(path: &Path, key: &DatabaseKey) -> Result<Connection, OpenError> {
    let connection = Connection::open(path)?;
    unlock(&connection, key)?;
    prepare(connection)
}

/// Opens the database at `path`, which is there and up to date, a second time: only for reading, beside whoever writes.
///
/// # Errors
/// [`OpenError`] when the key is wrong or the disk refuses.
pub fn open_reader(path: &Path, key: &DatabaseKey) -> Result<Connection, OpenError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    unlock(&connection, key)?;
    connection.execute_batch("PRAGMA query_only = ON; PRAGMA temp_store = MEMORY;")?;
    connection.pragma_update(None, "cache_size", -READER_CACHE_KIB)?;
    Ok(connection)
}

fn unlock(connection: &Connection, key: &DatabaseKey) -> Result<(), OpenError> {
    let hex: Zeroizing<String> = Zeroizing::new(data_encoding::HEXLOWER.encode(key.as_slice()));
    let pragma = Zeroizing::new(format!("x'{}'", hex.as_str()));
    // A wrong key is an answer here, not an error to print on the user's terminal.
    connection.pragma_update(None, "cipher_log_level", "NONE")?;
    connection.pragma_update(None, "key", pragma.as_str())?;
    // Every page of a commit is authenticated; processors have instructions for SHA-256, not for SQLCipher's SHA-512.
    connection.pragma_update(None, "cipher_hmac_algorithm", "HMAC_SHA256")?;
    // The first read is what shows whether the key fits.
    let probe = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| {
        row.get::<_, i64>(0)
    });
    match probe {
        Ok(_) => Ok(()),
        Err(rusqlite::Error::SqliteFailure(failure, _))
            if failure.code == rusqlite::ErrorCode::NotADatabase =>
        {
            Err(OpenError::WrongKey)
        }
        Err(error) => Err(error.into()),
    }
}

/// A database in memory, for tests and simulations.
///
/// # Errors
/// [`OpenError::Storage`] when SQLite has no memory.
pub fn in_memory() -> Result<Connection, OpenError> {
    prepare(Connection::open_in_memory()?)
}

/// A database in a file whose pages anybody can read, for tests that look into them.
#[cfg(test)]
pub(crate) fn unencrypted(path: &Path) -> Connection {
    prepare(Connection::open(path).unwrap()).unwrap()
}

fn prepare(mut connection: Connection) -> Result<Connection, OpenError> {
    // FULL: a committed transaction is on disk. Bytes leave only after that.
    connection.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;
         PRAGMA secure_delete = ON; PRAGMA temp_store = MEMORY;",
    )?;
    connection.set_prepared_statement_cache_capacity(256);
    search::equip(&connection)?;
    let version: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    match version {
        SCHEMA_VERSION => {}
        older @ 0..SCHEMA_VERSION => {
            let transaction = connection.transaction()?;
            for (version, step) in STEPS {
                if older <= version {
                    transaction.execute_batch(step)?;
                }
            }
            transaction.pragma_update(None, "user_version", SCHEMA_VERSION)?;
            transaction.commit()?;
        }
        newer => return Err(OpenError::TooNew(newer)),
    }
    Ok(connection)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn db_01_the_file_is_unreadable_without_its_key() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("profile.db");
        let connection = open(&path, &Zeroizing::new([1; 32])).unwrap();
        connection
            .execute("INSERT INTO meta VALUES ('secret', x'00')", [])
            .unwrap();
        drop(connection);
        assert!(matches!(
            open(&path, &Zeroizing::new([2; 32])),
            Err(OpenError::WrongKey)
        ));
        let reopened = open(&path, &Zeroizing::new([1; 32])).unwrap();
        let rows: i64 = reopened
            .query_row("SELECT count(*) FROM meta", [], |row| row.get(0))
            .unwrap();
        assert_eq!(rows, 1);
    }

    #[test]
    fn an_older_format_is_brought_up_to_date() {
        // SQLite keeps the text of each table, an added column at its end.
        let schema = |connection: &Connection| -> String {
            let sql = "SELECT group_concat(sql, ';') FROM (SELECT sql FROM sqlite_schema ORDER BY name)";
            connection.query_row(sql, [], |row| row.get(0)).unwrap()
        };
        for version in 1..SCHEMA_VERSION {
            let old = Connection::open_in_memory().unwrap();
            search::equip(&old).unwrap();
            for (before, step) in STEPS {
                if before < version {
                    old.execute_batch(step).unwrap();
                }
            }
            old.pragma_update(None, "user_version", version).unwrap();
            let opened = prepare(old).unwrap();
            assert_eq!(schema(&opened), schema(&in_memory().unwrap()));
            prepare(opened).unwrap();
        }
    }

    #[test]
    fn db_02_a_newer_format_is_not_touched() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("profile.db");
        let key = Zeroizing::new([1; 32]);
        open(&path, &key)
            .unwrap()
            .pragma_update(None, "user_version", 99)
            .unwrap();
        assert!(matches!(open(&path, &key), Err(OpenError::TooNew(99))));
    }
}
