//! Recognising an archive, and reading it.

use crate::files::Files;
use crate::model::{Archive, Progress, Sink, Source};
use crate::report::Report;
use crate::time::Zone;
use crate::whatsapp::{self, Ambiguous, DateOrder};
use crate::{telegram, x};

/// What an archive doesn't say, and its owner has to.
#[derive(Debug, Clone, Default)]
pub struct Choices {
    /// What clocks showed where the archive was made: some archives have local times only.
    pub zone: Zone,
    /// What stands first in dates that don't show it. Dates that do show it are read as they are.
    pub date_order: Option<DateOrder>,
    /// What the archive's file or folder is called: the only title that some chats have.
    pub name: Option<String>,
}

/// Why reading ended early.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// The sink said so.
    #[error("reading was stopped")]
    Stopped,
    /// Nothing was told yet: read again with `Choices::date_order`.
    #[error("{file}: a date such as {example} can have the day or the month first")]
    Ambiguous {
        /// The file.
        file: String,
        /// One of its dates.
        example: String,
    },
}

/// Says what an archive is. `None`: nothing that can be read is in it; `Directory::problems` may say why.
pub fn recognise(files: &mut dyn Files) -> Option<Archive> {
    let directory = files.directory();
    x::find(&directory)
        .or_else(|| telegram::find(&directory))
        .or_else(|| whatsapp::find(files))
}

/// Reads an archive and tells the sink what is in it. What is wrong is told and left out.
///
/// # Errors
/// The sink wanted no more, or the caller has to choose first.
pub fn read(
    files: &mut dyn Files,
    archive: &Archive,
    choices: &Choices,
    sink: &mut dyn Sink,
) -> Result<Progress, ReadError> {
    let surveys = match archive.source {
        Source::WhatsApp => whatsapp::survey(files, archive, choices)
            .map_err(|Ambiguous { file, example }| ReadError::Ambiguous { file, example })?,
        Source::X | Source::Telegram => Default::default(),
    };
    let mut report = Report::new(sink);
    for problem in files.directory().problems() {
        report
            .tell_problem(problem.clone())
            .map_err(|_| ReadError::Stopped)?;
    }
    let read = match archive.source {
        Source::X => x::read(files, archive, &mut report),
        Source::Telegram => telegram::read(files, archive, choices, &mut report),
        Source::WhatsApp => whatsapp::read(files, &surveys, choices, &mut report),
    };
    read.and_then(|()| report.finish())
        .map_err(|_| ReadError::Stopped)
}
