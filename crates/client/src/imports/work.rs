//! The thread that takes an archive over.

use std::fs::File;
use std::io::{self, ErrorKind, Read as _};
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::atomic::Ordering;

use tokio::sync::{mpsc, oneshot};
use xchat_archives::{
    Choices, Entry, Files as ArchiveFiles, ReadError, Source, ZipError, ZipFiles, people_mentioned, read,
    recognise,
};
use xchat_core::io::{ImportEntry, ImportSource};

use super::entries::{self, People};
use super::{ImportFrom, ImportWish, Imports, TakeOverError, folder};
use crate::body::{Command, reply};
use crate::media::{Files, Taken};

/// Items and people of one transaction: few enough that messages have their turn between two.
const WEIGHT_MAX: usize = 500;
/// How a zip begins, with files in it or without.
const ZIP: [&[u8]; 2] = [b"PK\x03\x04", b"PK\x05\x06"];

/// See the module's documentation.
pub(super) struct Work<'a> {
    imports: &'a Imports,
    commands: &'a mpsc::Sender<Command>,
    source: ImportSource,
    people: People,
    part: Vec<ImportEntry>,
    weight: usize,
    failure: Option<TakeOverError>,
}

impl<'a> Work<'a> {
    pub(super) fn new(imports: &'a Imports, commands: &'a mpsc::Sender<Command>) -> Self {
        Self {
            imports,
            commands,
            source: ImportSource::X,
            people: People::default(),
            part: Vec::new(),
            weight: 0,
            failure: None,
        }
    }

    pub(super) fn run(
        mut self,
        wish: &ImportWish,
        files: &std::sync::Arc<Files>,
    ) -> Result<(), TakeOverError> {
        match &wish.from {
            ImportFrom::Path(path) => self.path(wish, path),
            ImportFrom::Upload(id) => {
                let taken = files.take(&[*id]).map_err(|_| TakeOverError::UnknownUpload)?;
                // What fails stays to be tried otherwise: with the order of its dates, for instance.
                self.upload(wish, files, &taken)?;
                taken.erase();
                Ok(())
            }
        }
    }

    fn path(&mut self, wish: &ImportWish, path: &Path) -> Result<(), TakeOverError> {
        let name = path.file_stem().map(|name| name.to_string_lossy().into_owned());
        if path.is_dir() {
            let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
            return self.read(wish, &mut folder::listing(path).map_err(unreadable)?, name);
        }
        let mut file = File::open(path).map_err(unreadable)?;
        match is_zip(&mut file).map_err(unreadable)? {
            true => self.read(wish, &mut ZipFiles::new(file).map_err(no_zip)?, name),
            false => self.read(wish, &mut folder::single(path).map_err(unreadable)?, name),
        }
    }

    fn upload(&mut self, wish: &ImportWish, files: &Files, taken: &Taken) -> Result<(), TakeOverError> {
        let (name, opened) = taken
            .open(&files.store)
            .map_err(|error| TakeOverError::Unreadable(error.to_string()))?;
        let stem = Path::new(&name)
            .file_stem()
            .map(|name| name.to_string_lossy().into_owned());
        let mut source = opened.source();
        match is_zip(&mut source).map_err(unreadable)? {
            true => self.read(wish, &mut ZipFiles::new(source).map_err(no_zip)?, stem),
            false => {
                let size = opened.size;
                let mut single =
                    xchat_archives::Listing::new([(name, size)], |_| Ok(Box::new(opened.source())));
                self.read(wish, &mut single, stem)
            }
        }
    }

    fn read(
        &mut self,
        wish: &ImportWish,
        files: &mut dyn ArchiveFiles,
        name: Option<String>,
    ) -> Result<(), TakeOverError> {
        let archive = recognise(files).ok_or(TakeOverError::NotAnArchive)?;
        self.source = entries::source(archive.source);
        self.imports.change(|state| {
            state.source = Some(self.source);
            state.bytes_total = archive.bytes;
        });
        self.people.said.clone_from(&wish.own);
        if archive.source == Source::X {
            self.people.mentioned = people_mentioned(files, &archive);
        }
        let choices = Choices {
            zone: wish.zone.clone(),
            date_order: wish.date_order,
            name,
        };
        let done = read(files, &archive, &choices, &mut |entry| self.take(entry));
        if let Some(failure) = self.failure.take() {
            return Err(failure);
        }
        match done {
            Ok(progress) => {
                self.hand_over()?;
                self.imports.change(|state| {
                    state.bytes = progress.bytes;
                    state.conversations = progress.conversations;
                    state.items = progress.items;
                    state.problems_count = progress.problems;
                });
                Ok(())
            }
            Err(ReadError::Stopped) => Err(TakeOverError::Stopped),
            Err(ReadError::Ambiguous { file, example }) => {
                Err(TakeOverError::AmbiguousDates { file, example })
            }
        }
    }

    fn take(&mut self, entry: Entry) -> ControlFlow<()> {
        if self.imports.is_unwanted.load(Ordering::Relaxed) {
            self.failure = Some(TakeOverError::Stopped);
            return ControlFlow::Break(());
        }
        match entry {
            Entry::Own(person) => self.people.own = Some(person),
            Entry::Conversation(told) => {
                self.weight = self.weight.saturating_add(told.people.len());
                let told = self.people.conversation(self.source, told);
                self.push(ImportEntry::Conversation(told));
            }
            Entry::Item(item) => self.push(ImportEntry::Item(entries::item(item))),
            Entry::Problem(problem) => self.imports.problem(problem),
            Entry::Progress(progress) => self.imports.change(|state| {
                state.bytes = progress.bytes;
                state.conversations = progress.conversations;
                state.items = progress.items;
            }),
        }
        match &self.failure {
            Some(_) => ControlFlow::Break(()),
            None => ControlFlow::Continue(()),
        }
    }

    fn push(&mut self, entry: ImportEntry) {
        self.part.push(entry);
        self.weight = self.weight.saturating_add(1);
        if self.weight >= WEIGHT_MAX
            && let Err(failure) = self.hand_over()
        {
            self.failure = Some(failure);
        }
    }

    /// Has the machine store what was read since the last time.
    fn hand_over(&mut self) -> Result<(), TakeOverError> {
        let part = std::mem::take(&mut self.part);
        self.weight = 0;
        if part.is_empty() {
            return Ok(());
        }
        let (answer, answered) = oneshot::channel();
        let source = self.source;
        let call = Command::Call(Box::new(move |machine, now_ms, rng| {
            reply(answer, machine.import(now_ms, rng, source, &part));
        }));
        self.commands
            .blocking_send(call)
            .map_err(|_| TakeOverError::Stopped)?;
        let new = answered.blocking_recv().map_err(|_| TakeOverError::Stopped)??;
        self.imports
            .change(|state| state.new_items = state.new_items.saturating_add(new));
        Ok(())
    }
}

fn is_zip(file: &mut (impl io::Read + io::Seek)) -> io::Result<bool> {
    let mut head = Vec::new();
    file.take(4).read_to_end(&mut head)?;
    file.rewind()?;
    Ok(ZIP.contains(&head.as_slice()))
}

fn unreadable(error: io::Error) -> TakeOverError {
    match error.kind() {
        ErrorKind::NotFound => TakeOverError::NoFile,
        _ => TakeOverError::Unreadable(error.to_string()),
    }
}

fn no_zip(error: ZipError) -> TakeOverError {
    match error {
        ZipError::Read(error) => unreadable(error),
        error => TakeOverError::Unreadable(error.to_string()),
    }
}
