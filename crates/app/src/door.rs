//! The door of a running profile: until its owner has begun or unlocked it there is no messenger behind it.

use std::sync::{Arc, OnceLock};

use tokio::sync::Mutex;

use crate::dto;
use crate::failure::{Failure, Kind};
use crate::host::{self, Host, Wishes};
use crate::profile::Profile;
use crate::profile::settings::Settings;

/// The door.
pub(crate) struct Door {
    profile: Profile,
    wishes: Wishes,
    host: OnceLock<Arc<Host>>,
    /// Held while the messenger is started: two at once would be in each other's way.
    opening: Mutex<()>,
}

impl std::fmt::Debug for Door {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Door(..)")
    }
}

impl Door {
    /// The closed door of a profile. The wishes are for when it is opened.
    pub(crate) fn new(profile: &Profile, wishes: Wishes) -> Self {
        Self {
            profile: profile.clone(),
            wishes,
            host: OnceLock::new(),
            opening: Mutex::new(()),
        }
    }

    /// The messenger behind it.
    ///
    /// # Errors
    /// When the door is closed, and what opens it.
    pub(crate) fn host(&self) -> Result<&Arc<Host>, Failure> {
        if let Some(host) = self.host.get() {
            return Ok(host);
        }
        Err(match self.stage()? {
            dto::Stage::New => Failure::new(Kind::Refused, "not-begun", "this profile has not been begun")
                .advise("Begin on its page, which xchat open opens"),
            _ => Failure::new(Kind::Refused, "locked", "a passphrase protects this profile")
                .advise("Unlock it on its page, which xchat open opens"),
        })
    }

    /// How far it has been opened.
    ///
    /// # Errors
    /// When the settings can't be read.
    pub(crate) fn stage(&self) -> Result<dto::Stage, Failure> {
        Ok(match self.host.get() {
            Some(_) => dto::Stage::Open,
            None if Settings::read(&self.profile)?.begun => dto::Stage::Locked,
            None => dto::Stage::New,
        })
    }

    /// Where the profile stands, however far it is open.
    ///
    /// # Errors
    /// When it can't be read.
    pub(crate) async fn profile(&self) -> Result<dto::Profile, Failure> {
        if let Some(host) = self.host.get() {
            return host.profile().await;
        }
        let stage = self.stage()?;
        Ok(dto::Profile {
            profile: self.profile.name().to_owned(),
            stage,
            identity: None,
            in_network: stage != dto::Stage::New,
            runs_node: false,
            has_passphrase: stage == dto::Stage::Locked,
            version: host::VERSION.to_owned(),
        })
    }

    /// Opens it as was wished when the program was started.
    ///
    /// # Errors
    /// As [`Host::start`].
    pub(crate) async fn open(self: &Arc<Self>) -> Result<(), Failure> {
        self.open_with(self.wishes.clone()).await
    }

    /// Begins the profile: with a network of its own, or in the one of an invitation.
    ///
    /// # Errors
    /// When the invitation is broken or of another network, or the messenger can't be started.
    pub(crate) async fn begin(self: &Arc<Self>, invitation: Option<String>) -> Result<(), Failure> {
        if let Some(link) = &invitation {
            host::check_link(link)?;
        }
        if let Some(host) = self.host.get() {
            return match &invitation {
                Some(link) => host.join(link).await,
                None => Ok(()),
            };
        }
        if self.stage()? == dto::Stage::Locked {
            return self.host().map(drop);
        }
        let join = invitation.or_else(|| self.wishes.join.clone());
        self.open_with(Wishes {
            join,
            ..self.wishes.clone()
        })
        .await
    }

    /// Unlocks the profile.
    ///
    /// # Errors
    /// When the passphrase is wrong, or the messenger can't be started.
    pub(crate) async fn unlock(self: &Arc<Self>, passphrase: String) -> Result<(), Failure> {
        if self.stage()? == dto::Stage::New {
            return self.host().map(drop);
        }
        let passphrase = Some(passphrase);
        self.open_with(Wishes {
            passphrase,
            ..self.wishes.clone()
        })
        .await
    }

    async fn open_with(self: &Arc<Self>, wishes: Wishes) -> Result<(), Failure> {
        let door = Arc::clone(self);
        // A task of its own: who asked may go away, but a start is not left half done.
        let opening = tokio::spawn(async move {
            let _alone = door.opening.lock().await;
            if door.host.get().is_some() {
                return Ok(());
            }
            let host = Arc::new(Host::start(&door.profile, wishes).await?);
            if let Err(host) = door.host.set(host) {
                host.shutdown().await;
            }
            Ok(())
        });
        opening
            .await
            .map_err(|error| Failure::bug(format!("the messenger could not start: {error}")))?
    }

    /// Stops what is behind it.
    pub(crate) async fn shutdown(&self) {
        let _alone = self.opening.lock().await;
        if let Some(host) = self.host.get() {
            host.shutdown().await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn api_13_nothing_but_its_stage_is_known_before_it_is_opened() {
        let root = tempfile::tempdir().unwrap();
        let profile = Profile::open(Some(root.path()), "default").unwrap();
        let door = Arc::new(Door::new(&profile, Wishes::default()));
        assert_eq!(door.profile().await.unwrap().stage, dto::Stage::New);
        assert_eq!(door.host().unwrap_err().code, "not-begun");
        assert_eq!(
            door.unlock("guess".to_owned()).await.unwrap_err().code,
            "not-begun"
        );
        let broken = Some("xchat:NONSENSE".to_owned());
        assert_eq!(door.begin(broken).await.unwrap_err().code, "broken-invitation");
        assert_eq!(door.stage().unwrap(), dto::Stage::New, "nothing was begun");
        Settings {
            begun: true,
            ..Settings::default()
        }
        .write(&profile)
        .unwrap();
        assert_eq!(door.profile().await.unwrap().stage, dto::Stage::Locked);
        assert_eq!(door.host().unwrap_err().code, "locked");
        assert_eq!(door.begin(None).await.unwrap_err().code, "locked");
    }
}
