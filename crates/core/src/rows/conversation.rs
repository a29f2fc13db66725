//! Conversation rows.

use rusqlite::{Connection, OptionalExtension as _, Row};
use xchat_proto::address::Endpoint;
use xchat_proto::codec::{self, Bounded};
use xchat_proto::ids::{AccountId, LogId, NodeId};
use xchat_proto::limits::HOMES_MAX;
use xchat_proto::name::Name;

use crate::error::MachineError;
use crate::io::{ConversationId, ConversationState};
use crate::rows::{damaged, id32, name, signed, unsigned};

/// The homes of a log.
pub(crate) type Homes = Bounded<Endpoint, HOMES_MAX>;

/// A conversation as stored.
#[derive(Debug, Clone)]
pub(crate) struct Conversation {
    pub(crate) id: ConversationId,
    pub(crate) log: LogId,
    pub(crate) homes: Homes,
    pub(crate) peer: Name,
    pub(crate) account: AccountId,
    pub(crate) state: ConversationState,
    pub(crate) epoch: u64,
    pub(crate) cursor: u64,
    /// Bytes of the entries that were read in the log.
    pub(crate) log_bytes: u64,
    pub(crate) clock_ms: u64,
    pub(crate) counter: u64,
    pub(crate) leaf_ms: u64,
    pub(crate) update_due: bool,
    pub(crate) generation: u64,
    pub(crate) announced: Option<Vec<u8>>,
    pub(crate) trouble: Option<String>,
}

/// The number of the identity key that the other side's leaf carries.
const NEWEST_KEY: &str =
    "(SELECT number FROM leaf_identity WHERE leaf_identity.conversation = conversation.id
                 AND leaf_identity.account = conversation.peer_account)";
const COLUMNS: &str = "id, log, homes, peer_name, peer_account, state, epoch, cursor, clock_ms, counter, leaf_ms, \
                       update_due, generation, announced, trouble, log_bytes";

fn state_number(state: ConversationState) -> i64 {
    match state {
        ConversationState::Starting => 0,
        ConversationState::Joining => 1,
        ConversationState::Active => 2,
        ConversationState::Broken => 3,
        ConversationState::Restored => 4,
        ConversationState::Removed => 5,
    }
}

fn state_of(number: i64) -> Option<ConversationState> {
    Some(match number {
        0 => ConversationState::Starting,
        1 => ConversationState::Joining,
        2 => ConversationState::Active,
        3 => ConversationState::Broken,
        4 => ConversationState::Restored,
        5 => ConversationState::Removed,
        _ => return None,
    })
}

fn read(row: &Row<'_>) -> rusqlite::Result<Conversation> {
    let homes: Vec<u8> = row.get(2)?;
    Ok(Conversation {
        id: ConversationId(row.get(0)?),
        log: LogId(id32(row, 1)?),
        homes: codec::decode(&homes, 64 * 1024).map_err(|_| damaged(2, "homes"))?,
        peer: name(row, 3)?,
        account: AccountId(id32(row, 4)?),
        state: state_of(row.get(5)?).ok_or_else(|| damaged(5, "a state"))?,
        epoch: unsigned(row.get(6)?),
        cursor: unsigned(row.get(7)?),
        clock_ms: unsigned(row.get(8)?),
        counter: unsigned(row.get(9)?),
        leaf_ms: unsigned(row.get(10)?),
        update_due: row.get(11)?,
        generation: unsigned(row.get(12)?),
        announced: row.get(13)?,
        trouble: row.get(14)?,
        log_bytes: unsigned(row.get(15)?),
    })
}

impl Conversation {
    /// One that begins: nothing is in its log, and it is not stored yet.
    pub(crate) fn new(log: LogId, homes: Homes, peer: Name, account: AccountId, now_ms: u64) -> Self {
        Self {
            id: ConversationId(0),
            log,
            homes,
            peer,
            account,
            state: ConversationState::Starting,
            epoch: 0,
            cursor: 0,
            log_bytes: 0,
            clock_ms: 0,
            counter: 0,
            leaf_ms: now_ms,
            update_due: false,
            generation: 0,
            announced: None,
            trouble: None,
        }
    }

    /// Whether it is the note to oneself: nobody else is in it, ever.
    pub(crate) fn is_note(&self, own: &AccountId) -> bool {
        self.account == *own
    }

    /// The home that is spoken to. One home a log for now.
    pub(crate) fn home(&self) -> Option<&Endpoint> {
        self.homes.as_slice().first()
    }

    /// The ids of all homes.
    pub(crate) fn home_ids(&self) -> Vec<NodeId> {
        self.homes.as_slice().iter().map(|home| home.id).collect()
    }

    /// Whether messages can be encrypted.
    pub(crate) fn is_active(&self) -> bool {
        self.state == ConversationState::Active
    }

    /// Whether this device had a place in it, and waits to get it back.
    pub(crate) fn is_returning(&self) -> bool {
        self.state == ConversationState::Joining && self.trouble.is_some()
    }

    /// Whether its log is followed.
    pub(crate) fn follows_log(&self) -> bool {
        use ConversationState as State;
        matches!(
            self.state,
            State::Starting | State::Joining | State::Active | State::Restored
        )
    }

    pub(crate) fn by_id(connection: &Connection, id: ConversationId) -> Result<Option<Self>, MachineError> {
        let sql = format!("SELECT {COLUMNS} FROM conversation WHERE id = ?1");
        Ok(connection
            .prepare_cached(&sql)?
            .query_row([id.0], read)
            .optional()?)
    }

    pub(crate) fn by_log(connection: &Connection, log: &LogId) -> Result<Option<Self>, MachineError> {
        let sql = format!("SELECT {COLUMNS} FROM conversation WHERE log = ?1");
        Ok(connection
            .prepare_cached(&sql)?
            .query_row([log.as_bytes()], read)
            .optional()?)
    }

    pub(crate) fn all(connection: &Connection) -> Result<Vec<Self>, MachineError> {
        let sql = format!("SELECT {COLUMNS} FROM conversation ORDER BY id");
        let mut statement = connection.prepare_cached(&sql)?;
        Ok(statement.query_map([], read)?.collect::<Result<_, _>>()?)
    }

    /// The conversation that is used with an account: that with the newest of their identity keys. Where both sides
    /// started one, both choose the same.
    pub(crate) fn with_account(
        connection: &Connection,
        account: &AccountId,
    ) -> Result<Option<Self>, MachineError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM conversation WHERE peer_account = ?1 AND state <= 2
             ORDER BY (state = 2) DESC, {NEWEST_KEY} DESC, log LIMIT 1"
        );
        Ok(connection
            .prepare_cached(&sql)?
            .query_row([account.as_bytes()], read)
            .optional()?)
    }

    /// The conversation to show for a name: the one in use, else the newest.
    pub(crate) fn with_name(connection: &Connection, name: &Name) -> Result<Option<Self>, MachineError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM conversation WHERE peer_name = ?1
             ORDER BY (state = 2) DESC, (state < 2) DESC, {NEWEST_KEY} DESC, CASE WHEN state <= 2 THEN log END,
                 id DESC LIMIT 1"
        );
        Ok(connection
            .prepare_cached(&sql)?
            .query_row([name.as_str()], read)
            .optional()?)
    }

    /// Stores a new one, and gives it its id.
    pub(crate) fn insert(&mut self, connection: &Connection) -> Result<(), MachineError> {
        let mut statement = connection.prepare_cached(
            "INSERT INTO conversation (log, homes, peer_name, peer_account, state, epoch, cursor)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        )?;
        statement.execute((
            self.log.as_bytes(),
            codec::encode(&self.homes),
            self.peer.as_str(),
            self.account.as_bytes(),
            state_number(self.state),
            signed(self.epoch),
            signed(self.cursor),
        ))?;
        self.id = ConversationId(connection.last_insert_rowid());
        self.save(connection)
    }

    /// Stores all that changes.
    pub(crate) fn save(&self, connection: &Connection) -> Result<(), MachineError> {
        let mut statement = connection.prepare_cached(
            "UPDATE conversation SET state = ?2, epoch = ?3, cursor = ?4, clock_ms = ?5, counter = ?6, leaf_ms = ?7,
                update_due = ?8, generation = ?9, announced = ?10, trouble = ?11, log_bytes = ?12 WHERE id = ?1",
        )?;
        statement.execute((
            self.id.0,
            state_number(self.state),
            signed(self.epoch),
            signed(self.cursor),
            signed(self.clock_ms),
            signed(self.counter),
            signed(self.leaf_ms),
            self.update_due,
            signed(self.generation),
            self.announced.as_deref(),
            self.trouble.as_deref(),
            signed(self.log_bytes),
        ))?;
        Ok(())
    }

    /// Stores another log, with its homes.
    pub(crate) fn save_log(&self, connection: &Connection) -> Result<(), MachineError> {
        let mut statement = connection.prepare_cached("UPDATE conversation SET log = ?2 WHERE id = ?1")?;
        statement.execute((self.id.0, self.log.as_bytes()))?;
        self.save_homes(connection)
    }

    /// Stores new homes.
    pub(crate) fn save_homes(&self, connection: &Connection) -> Result<(), MachineError> {
        let mut statement = connection.prepare_cached("UPDATE conversation SET homes = ?2 WHERE id = ?1")?;
        statement.execute((self.id.0, codec::encode(&self.homes)))?;
        Ok(())
    }
}
