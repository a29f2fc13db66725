//! Conversations that are taken over from other messengers.

use std::ops::Range;
use std::path::PathBuf;

use xchat_client::{
    ConversationId, DateOrder, ImportChange, ImportFrom, ImportId, ImportSource, ImportState, ImportView,
    ImportWish, ImportedHit, ImportedKind, ImportedQuery, ImportedView, Problem, ProblemKind, UploadId, Zone,
};

use super::failures::{failed, refused};
use super::files::kind;
use super::{Host, search};
use crate::dto;
use crate::failure::Failure;

/// Items of a page where nobody says how many.
const PAGE: usize = 50;
/// Times at which clocks were set otherwise: more than any place on earth has known.
const OFFSETS_MAX: usize = 1_000;

impl Host {
    /// Begins to take an archive over.
    pub(crate) fn start_import(&self, wish: dto::ImportWish) -> Result<(), Failure> {
        let from = match (wish.path, wish.upload) {
            (Some(path), None) => ImportFrom::Path(PathBuf::from(path)),
            (None, Some(id)) => ImportFrom::Upload(UploadId(id)),
            _ => return Err(Failure::usage("say either a path or an upload")),
        };
        if matches!(&from, ImportFrom::Path(path) if !path.is_absolute()) {
            return Err(Failure::usage("say the whole path, from the beginning"));
        }
        if wish.offsets.len() > OFFSETS_MAX {
            return Err(Failure::usage("there are too many offsets"));
        }
        let offsets = wish
            .offsets
            .iter()
            .map(|offset| (offset.since_ms, offset.minutes));
        let wish = ImportWish {
            from,
            own: wish.me,
            zone: Zone {
                offsets: offsets.collect(),
            },
            date_order: wish.date_order.map(|order| match order {
                dto::DateOrder::Day => DateOrder::DayFirst,
                dto::DateOrder::Month => DateOrder::MonthFirst,
                dto::DateOrder::Year => DateOrder::YearFirst,
            }),
        };
        self.messenger.start_import(wish).map_err(|error| failed(&error))
    }

    /// Ends the taking over that is under way.
    pub(crate) fn stop_import(&self) {
        self.messenger.stop_import();
    }

    /// How far it is.
    pub(crate) fn import_progress(&self) -> dto::ImportProgress {
        progress(self.messenger.import_state())
    }

    /// All that was taken over.
    pub(crate) async fn imports(&self) -> Result<dto::Imports, Failure> {
        let all = self.messenger.imports().await.map_err(refused)?;
        Ok(dto::Imports {
            conversations: all.into_iter().map(import).collect(),
            progress: self.import_progress(),
        })
    }

    /// A part of a conversation that was taken over.
    pub(crate) async fn imported(
        &self,
        id: i64,
        place: dto::ImportedPlace,
    ) -> Result<Vec<dto::ImportedMessage>, Failure> {
        let (id, limit) = (ImportId(id), place.limit.unwrap_or(PAGE));
        let items = match (place.after, place.around) {
            (Some(row), None) => self.messenger.imported_after(id, row, false, limit).await,
            (None, Some(row)) => self.messenger.imported_after(id, row, true, limit).await,
            (None, None) => self.messenger.imported_before(id, place.before, limit).await,
            (Some(_), Some(_)) => return Err(Failure::usage("a page is after a row or around it")),
        };
        Ok(items.map_err(refused)?.into_iter().map(message).collect())
    }

    /// Sets something about a conversation that was taken over.
    pub(crate) async fn change_import(&self, id: i64, change: dto::ImportChange) -> Result<(), Failure> {
        let change = ImportChange {
            chat: change
                .conversation
                .map(|chat| (chat != 0).then_some(ConversationId(chat))),
            own: change.me,
        };
        let changed = self.messenger.change_import(ImportId(id), change).await;
        changed.map_err(refused)
    }

    /// Takes a conversation away that was taken over.
    pub(crate) async fn remove_import(&self, id: i64) -> Result<(), Failure> {
        self.messenger.remove_import(ImportId(id)).await.map_err(refused)
    }

    /// Searches what was taken over.
    pub(crate) async fn search_imported(
        &self,
        wish: dto::ImportedSearch,
    ) -> Result<dto::ImportedFoundPage, Failure> {
        let query = ImportedQuery {
            text: wish.text,
            import: wish.import.map(ImportId),
            before: wish.before,
            limit: wish.limit.unwrap_or(PAGE),
        };
        let page = self.messenger.search_imported(query).await.map_err(refused)?;
        Ok(dto::ImportedFoundPage {
            found: page.hits.into_iter().map(found).collect(),
            next: page.next,
            partial: page.is_partial,
        })
    }
}

fn source(source: ImportSource) -> dto::ImportSource {
    match source {
        ImportSource::X => dto::ImportSource::X,
        ImportSource::WhatsApp => dto::ImportSource::Whatsapp,
        ImportSource::Telegram => dto::ImportSource::Telegram,
    }
}

fn progress(state: ImportState) -> dto::ImportProgress {
    dto::ImportProgress {
        running: state.is_running,
        source: state.source.map(source),
        bytes_total: state.bytes_total,
        bytes: state.bytes,
        conversations: state.conversations,
        items: state.items,
        new_items: state.new_items,
        problems_count: state.problems_count,
        problems: state.problems.iter().map(problem).collect(),
        failure: state.failure.map(|failure| failed(&*failure)),
    }
}

fn problem(problem: &Problem) -> dto::ImportProblem {
    let code = match &problem.what {
        ProblemKind::CutShort => "cut-short",
        ProblemKind::NotJson => "not-json",
        ProblemKind::NotAsExpected => "not-as-expected",
        ProblemKind::Field(_) => "field",
        ProblemKind::TooMany(_) => "too-many",
        ProblemKind::TextCut => "text-cut",
        ProblemKind::Bomb => "bomb",
        ProblemKind::UnsafeName => "unsafe-name",
        ProblemKind::Packing => "packing",
        ProblemKind::Unreadable(_) => "unreadable",
        ProblemKind::Twice => "twice",
        ProblemKind::Unknown(_) => "unknown",
    };
    dto::ImportProblem {
        code: code.to_owned(),
        file: problem.file.clone(),
        message: problem.to_string(),
    }
}

fn import(view: ImportView) -> dto::Import {
    let people = view.people.into_iter().map(|person| dto::ImportedPerson {
        name: person.shown(),
        id: person.id,
    });
    dto::Import {
        id: view.id.0,
        source: source(view.source),
        title: view.title,
        group: view.is_group,
        people: people.collect(),
        people_count: view.people_count,
        me: view.own,
        items: view.items,
        first_ms: view.first_ms,
        last_ms: view.last_ms,
        conversation: view.chat.map(|chat| chat.0),
    }
}

fn message(view: ImportedView) -> dto::ImportedMessage {
    let reactions = view.reactions.into_iter();
    let files = view.files.into_iter().map(|file| dto::ImportedFile {
        name: file.name,
        kind: kind(file.kind),
        in_archive: file.is_in_archive,
    });
    dto::ImportedMessage {
        row: view.row,
        at_ms: view.at_ms,
        kind: match view.kind {
            ImportedKind::Message => dto::ImportedKind::Message,
            ImportedKind::Joined => dto::ImportedKind::Joined,
            ImportedKind::Left => dto::ImportedKind::Left,
            ImportedKind::Renamed => dto::ImportedKind::Renamed,
            ImportedKind::Created => dto::ImportedKind::Created,
            ImportedKind::Pinned => dto::ImportedKind::Pinned,
            ImportedKind::Called => dto::ImportedKind::Called,
            ImportedKind::Other => dto::ImportedKind::Other,
        },
        from: view.from,
        mine: view.mine,
        text: view.text,
        people: view.people,
        quote: view.quote.map(|quote| dto::ImportedQuote {
            row: quote.row,
            from: quote.from,
            excerpt: quote.excerpt,
        }),
        forwarded_from: view.forwarded_from,
        edited: view.is_edited,
        duration_ms: view.duration_ms,
        reactions: reactions
            .map(|(emoji, count)| dto::ImportedReaction { emoji, count })
            .collect(),
        files: files.collect(),
    }
}

fn found(hit: ImportedHit) -> dto::ImportedFound {
    let mark = |mark: &Range<usize>| search::mark(&hit.excerpt, mark);
    dto::ImportedFound {
        row: hit.row,
        import: hit.import.0,
        title: hit.title,
        from: hit.from,
        mine: hit.mine,
        at_ms: hit.at_ms,
        marks: hit.marks.iter().map(mark).collect(),
        excerpt: hit.excerpt,
    }
}
