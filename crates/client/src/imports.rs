//! Taking archives of other messengers over: one at a time, on a thread of its own, which reads and hands parts of what
//! it reads to the machine. Killed at any point, the same archive can simply be taken over again.

mod entries;
mod folder;
mod work;

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use thiserror::Error;
use tokio::sync::mpsc;
use xchat_archives::{DateOrder, Problem, Zone};
use xchat_core::error::MachineError;
use xchat_core::io::ImportSource;

use crate::body::Command;
use crate::media::{Files, UploadId};
use work::Work;

/// Problems that are told one by one; the rest is counted.
const PROBLEMS_TOLD: usize = 100;

/// Where an archive is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ImportFrom {
    /// A zip, a folder or a single file on this machine.
    Path(PathBuf),
    /// A file that was given to be sent, and is erased when it has been taken over.
    Upload(UploadId),
}

/// What is to be taken over, and what the archive doesn't say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportWish {
    /// Where it is.
    pub from: ImportFrom,
    /// Who the user is in it, by a shown name, user name or id, where it doesn't say.
    pub own: Option<String>,
    /// What clocks showed where it was made.
    pub zone: Zone,
    /// What stands first in dates that don't show it.
    pub date_order: Option<DateOrder>,
}

/// Why an archive was not taken over, or not all of it.
#[derive(Debug, Error)]
pub enum TakeOverError {
    /// Another one is being taken over.
    #[error("another archive is being taken over; wait until that is done, or stop it")]
    Busy,
    /// There is no such file or folder.
    #[error("there is no such file or folder")]
    NoFile,
    /// The file that was given is not there any more.
    #[error("this file is not there any more; give it again")]
    UnknownUpload,
    /// Nothing in it can be read.
    #[error("this is no archive of X, WhatsApp or Telegram that can be read")]
    NotAnArchive,
    /// Days and months can't be told apart.
    #[error("{file}: a date such as {example} can have the day or the month first; say which")]
    AmbiguousDates {
        /// The file.
        file: String,
        /// One of its dates.
        example: String,
    },
    /// The user stopped it, or the messenger has stopped.
    #[error("it was stopped; what had been taken over stays")]
    Stopped,
    /// The archive can't be read.
    #[error("the archive can't be read: {0}")]
    Unreadable(String),
    /// The machine fails.
    #[error(transparent)]
    Machine(#[from] MachineError),
}

impl TakeOverError {
    /// A name that stays the same across versions.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Busy => "import-busy",
            Self::NoFile => "no-file",
            Self::UnknownUpload => "unknown-upload",
            Self::NotAnArchive => "not-an-archive",
            Self::AmbiguousDates { .. } => "ambiguous-dates",
            Self::Stopped => "import-stopped",
            Self::Unreadable(_) => "archive-unreadable",
            Self::Machine(error) => error.code(),
        }
    }

    /// Whether the same call may succeed later.
    pub fn retryable(&self) -> bool {
        match self {
            Self::Busy | Self::Stopped => true,
            Self::Machine(error) => error.retryable(),
            _ => false,
        }
    }
}

/// How far it is with the archive that is being taken over, or was last.
#[derive(Debug, Clone, Default)]
pub struct ImportState {
    /// Whether it goes on.
    pub is_running: bool,
    /// What it is, once that is known.
    pub source: Option<ImportSource>,
    /// Bytes of its messages.
    pub bytes_total: u64,
    /// How many of them are read.
    pub bytes: u64,
    /// Conversations so far.
    pub conversations: u64,
    /// Messages and notices so far.
    pub items: u64,
    /// How many of them were not here before.
    pub new_items: u64,
    /// How much was left out or mended.
    pub problems_count: u64,
    /// What that is, of the first hundred.
    pub problems: Vec<Problem>,
    /// Why it ended early.
    pub failure: Option<Arc<TakeOverError>>,
}

/// The archive that is being taken over.
#[derive(Debug, Default)]
pub(crate) struct Imports {
    state: Mutex<ImportState>,
    is_unwanted: AtomicBool,
}

impl Imports {
    pub(crate) fn state(&self) -> ImportState {
        self.lock().clone()
    }

    /// Ends what is under way, soon.
    pub(crate) fn stop(&self) {
        self.is_unwanted.store(true, Ordering::Relaxed);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, ImportState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self, change: impl FnOnce(&mut ImportState)) {
        change(&mut self.lock());
    }

    fn problem(&self, problem: Problem) {
        self.change(|state| {
            state.problems_count = state.problems_count.saturating_add(1);
            if state.problems.len() < PROBLEMS_TOLD {
                state.problems.push(problem);
            }
        });
    }

    /// Begins.
    pub(crate) fn start(
        self: &Arc<Self>,
        wish: ImportWish,
        files: Arc<Files>,
        commands: mpsc::Sender<Command>,
    ) -> Result<(), TakeOverError> {
        {
            let mut state = self.lock();
            if state.is_running {
                return Err(TakeOverError::Busy);
            }
            *state = ImportState {
                is_running: true,
                ..ImportState::default()
            };
        }
        self.is_unwanted.store(false, Ordering::Relaxed);
        let imports = Arc::clone(self);
        let thread = std::thread::Builder::new().name("xchat-import".to_owned());
        let started = thread.spawn(move || {
            let done = Work::new(&imports, &commands).run(&wish, &files);
            imports.change(|state| {
                state.is_running = false;
                state.failure = done.err().map(Arc::new);
            });
        });
        started.map(|_| ()).map_err(|error| {
            self.change(|state| state.is_running = false);
            TakeOverError::Unreadable(error.to_string())
        })
    }
}
