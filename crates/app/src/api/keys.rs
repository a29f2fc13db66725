//! Who may do what: the master token, the sessions of pages, and the tokens of bots.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use subtle::ConstantTimeEq;

use super::caller::Caller;
use crate::dto::{NewToken, Token, TokenWish};
use crate::failure::{Failure, Kind};
use crate::profile::Profile;
use crate::profile::daemon_file;
use crate::profile::tokens::Tokens;
use crate::{clock, entropy};

/// How long a one-time code lives, in milliseconds.
const CODE_AGE_MS_MAX: u64 = 60 * 1000;
/// How long the code that is printed at the start lives, in milliseconds.
const FIRST_CODE_AGE_MS_MAX: u64 = 60 * 60 * 1000;
/// How many codes may wait at once; the oldest goes.
const CODES_MAX: usize = 8;
/// What a ticket is derived with.
const TICKET_CONTEXT: &str = "xchat v1 local API media ticket";
/// How many pages may be open at once; the oldest goes.
const SESSIONS_MAX: usize = 32;

/// The keys of a running profile.
pub(crate) struct Keys {
    profile: Profile,
    port: u16,
    master: String,
    held: Mutex<Held>,
}

struct Held {
    tokens: Tokens,
    sessions: VecDeque<String>,
    codes: VecDeque<PendingCode>,
}

struct PendingCode {
    code: String,
    until_ms: u64,
    /// Others of this machine may have seen it: only a program of this user is let in by it.
    is_seen: bool,
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Keys(..)")
    }
}

fn ticket_of(token: &str) -> String {
    let hash = blake3::derive_key(TICKET_CONTEXT, token.as_bytes());
    data_encoding::HEXLOWER.encode(&hash)
}

impl Keys {
    /// The keys of a profile whose local interface is on `port`, under a new master token.
    ///
    /// # Errors
    /// When the kept tokens can't be read, or the system has no randomness.
    pub(crate) fn new(profile: &Profile, port: u16) -> Result<Self, Failure> {
        let held = Held {
            tokens: Tokens::read(profile)?,
            sessions: VecDeque::new(),
            codes: VecDeque::new(),
        };
        Ok(Self {
            profile: profile.clone(),
            port,
            master: entropy::secret()?,
            held: Mutex::new(held),
        })
    }

    /// The master token, for the file that only the user can read.
    pub(crate) fn master(&self) -> &str {
        &self.master
    }

    /// Proves knowledge of the master token.
    pub(crate) fn proof(&self, nonce: &str) -> String {
        daemon_file::proof(&self.master, self.port, nonce)
    }

    /// Whose token it is. Every known token is compared, each in constant time (API-07).
    pub(crate) fn caller(&self, token: &str) -> Option<Caller> {
        let held = self.held();
        let mut is_owner = bool::from(self.master.as_bytes().ct_eq(token.as_bytes()));
        for session in &held.sessions {
            is_owner |= bool::from(session.as_bytes().ct_eq(token.as_bytes()));
        }
        let scopes = held.tokens.scopes_of(token);
        if is_owner {
            Some(Caller::Owner)
        } else {
            scopes.map(Caller::Bot)
        }
    }

    /// The place where whoever has this token finds files. It doesn't tell the token.
    pub(crate) fn ticket(&self, token: &str) -> String {
        ticket_of(token)
    }

    /// Whether a session that lives has this ticket, or the master token has (API-15).
    pub(crate) fn knows_ticket(&self, ticket: &str) -> bool {
        let is_it = |token: &String| bool::from(ticket_of(token).as_bytes().ct_eq(ticket.as_bytes()));
        let held = self.held();
        held.sessions
            .iter()
            .fold(is_it(&self.master), |found, session| found | is_it(session))
    }

    /// A code that opens one session within a minute.
    ///
    /// # Errors
    /// When the system has no randomness.
    pub(crate) fn new_code(&self) -> Result<String, Failure> {
        self.code_until(clock::now_ms().saturating_add(CODE_AGE_MS_MAX), false)
    }

    /// The same for a program whose arguments others of this machine can see: it is of use to this user alone.
    ///
    /// # Errors
    /// When the system has no randomness.
    pub(crate) fn seen_code(&self) -> Result<String, Failure> {
        self.code_until(clock::now_ms().saturating_add(CODE_AGE_MS_MAX), true)
    }

    /// The code that is printed at the start. Who reads it may be away while the program is being built.
    ///
    /// # Errors
    /// When the system has no randomness.
    pub(crate) fn first_code(&self) -> Result<String, Failure> {
        self.code_until(clock::now_ms().saturating_add(FIRST_CODE_AGE_MS_MAX), false)
    }

    fn code_until(&self, until_ms: u64, is_seen: bool) -> Result<String, Failure> {
        let code = entropy::secret()?;
        let mut held = self.held();
        if held.codes.len() >= CODES_MAX {
            held.codes.pop_front();
        }
        held.codes.push_back(PendingCode {
            code: code.clone(),
            until_ms,
            is_seen,
        });
        Ok(code)
    }

    /// Takes a code, and gives a session's token for it, once. `is_own` says whether a program of this user asks.
    ///
    /// # Errors
    /// When there is no such code, or no longer.
    pub(crate) fn exchange(
        &self,
        code: &str,
        now_ms: u64,
        is_own: impl FnOnce() -> bool,
    ) -> Result<String, Failure> {
        let session = entropy::secret()?;
        let mut held = self.held();
        held.codes.retain(|pending| pending.until_ms > now_ms);
        let before = held.codes.len();
        let is_it = |pending: &PendingCode| bool::from(pending.code.as_bytes().ct_eq(code.as_bytes()));
        // Somebody else who tries one doesn't use it up.
        let is_refused = held.codes.iter().any(|pending| is_it(pending) && pending.is_seen) && !is_own();
        if !is_refused {
            held.codes.retain(|pending| !is_it(pending));
        }
        if held.codes.len() == before {
            return Err(Failure::new(
                Kind::Unauthorized,
                "unknown-code",
                "this code was used, or is too old",
            )
            .advise("xchat open makes a new one"));
        }
        if held.sessions.len() >= SESSIONS_MAX {
            held.sessions.pop_front();
        }
        held.sessions.push_back(session.clone());
        Ok(session)
    }

    /// The tokens of bots.
    pub(crate) fn tokens(&self) -> Vec<Token> {
        self.held().tokens.list()
    }

    /// Makes a bot's token.
    ///
    /// # Errors
    /// As [`Tokens::create`].
    pub(crate) fn create_token(&self, wish: TokenWish) -> Result<NewToken, Failure> {
        self.held().tokens.create(&self.profile, wish)
    }

    /// Revokes a bot's token.
    ///
    /// # Errors
    /// As [`Tokens::revoke`].
    pub(crate) fn revoke_token(&self, id: &str) -> Result<(), Failure> {
        self.held().tokens.revoke(&self.profile, id)
    }

    fn held(&self) -> std::sync::MutexGuard<'_, Held> {
        // A panic while it was held can't leave it half changed: each change is one assignment.
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A code that nobody else has seen is not asked whose program it is.
    fn nobody() -> bool {
        panic!("whose program it is was looked up")
    }

    fn keys() -> (tempfile::TempDir, Keys) {
        let root = tempfile::tempdir().unwrap();
        let profile = Profile::open(Some(root.path()), "default").unwrap();
        let keys = Keys::new(&profile, 7470).unwrap();
        (root, keys)
    }

    #[test]
    fn api_09_a_code_opens_one_session_for_a_minute() {
        let (_root, keys) = keys();
        let code = keys.new_code().unwrap();
        let session = keys.exchange(&code, clock::now_ms(), nobody).unwrap();
        assert!(matches!(keys.caller(&session), Some(Caller::Owner)));
        assert_eq!(
            keys.exchange(&code, clock::now_ms(), nobody).unwrap_err().code,
            "unknown-code",
            "used"
        );
        let late = keys.new_code().unwrap();
        let then = clock::now_ms() + CODE_AGE_MS_MAX + 1;
        assert_eq!(
            keys.exchange(&late, then, nobody).unwrap_err().code,
            "unknown-code",
            "too old"
        );
        assert_eq!(keys.exchange("", 0, nobody).unwrap_err().code, "unknown-code");
    }

    #[test]
    fn api_18_a_code_that_others_have_seen_is_of_no_use_to_them() {
        let (_root, keys) = keys();
        let code = keys.seen_code().unwrap();
        let refused = keys.exchange(&code, clock::now_ms(), || false).unwrap_err();
        assert_eq!(refused.code, "unknown-code");
        let session = keys.exchange(&code, clock::now_ms(), || true).unwrap();
        assert!(
            matches!(keys.caller(&session), Some(Caller::Owner)),
            "it was not used up"
        );
        assert!(
            keys.exchange(&code, clock::now_ms(), || true).is_err(),
            "it is now"
        );
    }

    #[test]
    fn api_07_a_token_is_nobodys_unless_it_is_known() {
        let (_root, keys) = keys();
        assert!(matches!(keys.caller(keys.master()), Some(Caller::Owner)));
        for foreign in ["", "x", &keys.master()[1..], &format!("{} ", keys.master())] {
            assert!(keys.caller(foreign).is_none(), "{foreign:?}");
        }
    }

    #[test]
    fn api_15_a_ticket_is_good_as_long_as_its_session() {
        let (_root, keys) = keys();
        let session = |keys: &Keys| {
            let code = keys.new_code().unwrap();
            keys.exchange(&code, clock::now_ms(), nobody).unwrap()
        };
        let first = session(&keys);
        let ticket = keys.ticket(&first);
        assert!(keys.knows_ticket(&ticket) && ticket != first);
        assert!(keys.knows_ticket(&keys.ticket(keys.master())));
        assert!(keys.caller(&ticket).is_none(), "it opens nothing else");
        for foreign in ["", first.as_str(), keys.master(), &keys.ticket("")] {
            assert!(!keys.knows_ticket(foreign), "{foreign:?}");
        }
        for _ in 0..SESSIONS_MAX {
            session(&keys);
        }
        assert!(!keys.knows_ticket(&ticket), "its session is over");
    }

    #[test]
    fn codes_and_sessions_are_bounded() {
        let (_root, keys) = keys();
        for _ in 0..100 {
            let code = keys.new_code().unwrap();
            keys.exchange(&code, clock::now_ms(), nobody).unwrap();
            keys.new_code().unwrap();
        }
        let held = keys.held();
        assert!(held.codes.len() <= CODES_MAX && held.sessions.len() <= SESSIONS_MAX);
    }
}
