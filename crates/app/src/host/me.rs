//! What people say of themselves.

use xchat_client::{AccountId, ProfileView};

use super::Host;
use super::failures::refused;
use crate::dto;
use crate::failure::{Failure, Kind};

/// The largest picture that one of a person is made of, in bytes.
pub(crate) const PICTURE_BYTES_MAX: usize = 32 * 1024 * 1024;

impl Host {
    /// What this account says of itself.
    pub(crate) async fn about(&self) -> Result<dto::About, Failure> {
        let view = self.messenger.own_profile().await.map_err(refused)?;
        let identity = self.messenger.identity().await.map_err(refused)?;
        let account = identity.map_or([0; 32], |identity| identity.account.0);
        Ok(about(&view, &AccountId(account)))
    }

    /// Sets what this account says of itself.
    pub(crate) async fn change_about(&self, change: dto::AboutChange) -> Result<(), Failure> {
        self.messenger
            .set_profile(change.name, change.bio)
            .await
            .map_err(refused)
    }

    /// Sets the picture of this account; an empty one for none.
    pub(crate) async fn set_picture(&self, picture: Vec<u8>) -> Result<(), Failure> {
        self.messenger.set_picture(picture).await.map_err(refused)
    }

    /// The picture of an account.
    pub(crate) async fn avatar(&self, account: &str) -> Result<Vec<u8>, Failure> {
        let bytes = data_encoding::HEXLOWER.decode(account.as_bytes()).ok();
        let account: Option<[u8; 32]> = bytes.and_then(|bytes| bytes.try_into().ok());
        let account = account.ok_or_else(|| Failure::usage("an account has 64 hexadecimal digits"))?;
        let avatar = self.messenger.avatar(AccountId(account)).await.map_err(refused)?;
        match avatar.is_empty() {
            true => Err(Failure::new(
                Kind::NotFound,
                "unknown-file",
                "there is no picture",
            )),
            false => Ok(avatar),
        }
    }
}

/// What somebody says of themselves.
pub(super) fn about(view: &ProfileView, account: &AccountId) -> dto::About {
    let place = |since_ms| {
        let account = data_encoding::HEXLOWER.encode(&account.0);
        format!("avatars/{account}?v={since_ms}")
    };
    dto::About {
        name: view.name.clone(),
        bio: view.bio.clone(),
        avatar: view.avatar_ms.map(place),
    }
}
