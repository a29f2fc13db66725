//! Conversations that are taken over from other messengers.

use super::Link;
use super::search::escaped;
use crate::dto::{
    ImportChange, ImportProgress, ImportWish, ImportedFoundPage, ImportedMessage, ImportedPlace,
    ImportedSearch, Imports,
};
use crate::failure::Failure;

impl Link {
    /// Begins to take an archive over.
    pub(crate) async fn start_import(&self, wish: ImportWish) -> Result<(), Failure> {
        match self {
            Self::Here(host, _) => host.start_import(wish),
            Self::There(remote) => remote
                .post::<_, ImportProgress>("/api/imports", &wish)
                .await
                .map(|_| ()),
        }
    }

    /// How far it is.
    pub(crate) async fn import_progress(&self) -> Result<ImportProgress, Failure> {
        match self {
            Self::Here(host, _) => Ok(host.import_progress()),
            Self::There(_) => Ok(self.imports().await?.progress),
        }
    }

    /// All that was taken over.
    pub(crate) async fn imports(&self) -> Result<Imports, Failure> {
        match self {
            Self::Here(host, _) => host.imports().await,
            Self::There(remote) => remote.get("/api/imports").await,
        }
    }

    /// The newest of a conversation that was taken over, before a row where one is named; oldest first.
    pub(crate) async fn imported(
        &self,
        id: i64,
        before: Option<i64>,
        limit: usize,
    ) -> Result<Vec<ImportedMessage>, Failure> {
        match self {
            Self::Here(host, _) => {
                let place = ImportedPlace {
                    before,
                    limit: Some(limit),
                    ..ImportedPlace::default()
                };
                host.imported(id, place).await
            }
            Self::There(remote) => {
                let before = before.map_or_else(String::new, |row| format!("&before={row}"));
                remote
                    .get(&format!("/api/imports/{id}/messages?limit={limit}{before}"))
                    .await
            }
        }
    }

    /// Sets something about a conversation that was taken over.
    pub(crate) async fn change_import(&self, id: i64, change: ImportChange) -> Result<(), Failure> {
        match self {
            Self::Here(host, _) => host.change_import(id, change).await,
            Self::There(remote) => remote.patch(&format!("/api/imports/{id}"), &change).await,
        }
    }

    /// Takes a conversation away that was taken over.
    pub(crate) async fn remove_import(&self, id: i64) -> Result<(), Failure> {
        match self {
            Self::Here(host, _) => host.remove_import(id).await,
            Self::There(remote) => remote.delete(&format!("/api/imports/{id}")).await,
        }
    }

    /// Searches what was taken over.
    pub(crate) async fn search_imported(
        &self,
        text: &str,
        limit: usize,
    ) -> Result<ImportedFoundPage, Failure> {
        match self {
            Self::Here(host, _) => {
                let wish = ImportedSearch {
                    text: text.to_owned(),
                    limit: Some(limit),
                    ..ImportedSearch::default()
                };
                host.search_imported(wish).await
            }
            Self::There(remote) => {
                let text = escaped(text);
                remote
                    .get(&format!("/api/search/imported?text={text}&limit={limit}"))
                    .await
            }
        }
    }
}
