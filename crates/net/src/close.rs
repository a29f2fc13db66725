//! Why a connection or a stream was closed: application error codes of QUIC.

use iroh::endpoint::{Connection, ConnectionError, VarInt};

/// A reason, the same number for connections and streams. The numbers are for ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CloseCode {
    /// Nothing more to say.
    Done,
    /// The peer sent what the protocol doesn't allow.
    Misbehaved,
    /// The peer sent nothing, or not the rest of a frame, for too long.
    Idle,
    /// More connections than this endpoint may have, or than there may be at all.
    TooMany,
    /// The node goes down.
    ShuttingDown,
}

impl CloseCode {
    const ALL: [Self; 5] = [
        Self::Done,
        Self::Misbehaved,
        Self::Idle,
        Self::TooMany,
        Self::ShuttingDown,
    ];

    fn number(self) -> u32 {
        match self {
            Self::Done => 0,
            Self::Misbehaved => 1,
            Self::Idle => 2,
            Self::TooMany => 3,
            Self::ShuttingDown => 4,
        }
    }

    /// The code as QUIC has it.
    pub fn code(self) -> VarInt {
        VarInt::from_u32(self.number())
    }

    /// Closes a connection for this reason.
    pub fn close(self, connection: &Connection) {
        connection.close(self.code(), b"");
    }

    /// The reason that the peer gave, when it closed the connection for one that we know.
    pub fn of(error: &ConnectionError) -> Option<Self> {
        let ConnectionError::ApplicationClosed(close) = error else {
            return None;
        };
        Self::ALL.into_iter().find(|code| code.code() == close.error_code)
    }
}
