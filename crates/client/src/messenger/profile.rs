//! What people say of themselves.

use thiserror::Error;
use xchat_core::error::MachineError;
use xchat_core::io::{ProfileChange, ProfileView};
use xchat_core::machine::AboutError;
use xchat_proto::ids::AccountId;

use super::Messenger;
use crate::error::{CallError, Coded};
use crate::media::UploadError;

/// Why a picture of this account was not set.
#[derive(Debug, Error)]
pub enum SetPictureError {
    /// No such picture can be made of it.
    #[error(transparent)]
    Picture(#[from] UploadError),
    /// It was not taken.
    #[error(transparent)]
    About(#[from] AboutError),
}

impl Coded for SetPictureError {
    fn code(&self) -> &'static str {
        match self {
            Self::Picture(error) => error.code(),
            Self::About(error) => error.code(),
        }
    }

    fn retryable(&self) -> bool {
        match self {
            Self::Picture(error) => error.retryable(),
            Self::About(error) => error.retryable(),
        }
    }
}

impl Messenger {
    /// What this account says of itself.
    ///
    /// # Errors
    /// [`MachineError`] when the profile can't be read.
    pub async fn own_profile(&self) -> Result<ProfileView, CallError<MachineError>> {
        self.call(|machine, _, _| machine.own_profile()).await
    }

    /// Sets what this account says of itself. Those who have accepted are told, others when they do.
    ///
    /// # Errors
    /// [`AboutError`] when something is too long.
    pub async fn set_profile(
        &self,
        name: Option<String>,
        bio: Option<String>,
    ) -> Result<(), CallError<AboutError>> {
        let change = ProfileChange {
            name,
            bio,
            avatar: None,
        };
        self.call(move |machine, now_ms, rng| machine.set_profile(now_ms, rng, &change))
            .await
    }

    /// Sets the picture of this account: the middle of a picture, made small, without what it tells beside. An empty
    /// one for none.
    ///
    /// # Errors
    /// [`SetPictureError`] when it is no picture, or too large.
    pub async fn set_picture(&self, picture: Vec<u8>) -> Result<(), CallError<SetPictureError>> {
        let avatar = match picture.is_empty() {
            true => picture,
            false => self
                .files
                .workers
                .avatar(picture)
                .await
                .map_err(SetPictureError::from)?,
        };
        let change = ProfileChange {
            avatar: Some(avatar),
            ..ProfileChange::default()
        };
        self.call(move |machine, now_ms, rng| Ok(machine.set_profile(now_ms, rng, &change)?))
            .await
    }

    /// The picture of an account, a JPEG of 256 points a side; empty when none is known.
    ///
    /// # Errors
    /// [`MachineError`] when the profile can't be read.
    pub async fn avatar(&self, account: AccountId) -> Result<Vec<u8>, CallError<MachineError>> {
        self.call(move |machine, _, _| machine.avatar(&account)).await
    }
}
