//! What has been asked and is answered by a later event.

use std::collections::BTreeMap;

use xchat_core::account::RegistrationError;
use xchat_core::contacts::ContactError;
use xchat_core::directory::ReleaseError;
use xchat_core::error::MachineError;
use xchat_core::io::{ConversationId, Event, Tag};
use xchat_core::lookup::{LookupError, NameStanding};

use super::{Answer, reply};

/// Answers that are still owed.
#[derive(Default)]
pub(super) struct Asked {
    registrations: Vec<Answer<Result<(), RegistrationError>>>,
    contacts: BTreeMap<Tag, Answer<Result<ConversationId, ContactError>>>,
    names: BTreeMap<Tag, Answer<Result<NameStanding, LookupError>>>,
    releases: Vec<Answer<Result<(), ReleaseError>>>,
    caught_up: Vec<Answer<Result<(), MachineError>>>,
}

impl Asked {
    pub(super) fn registration(&mut self, answer: Answer<Result<(), RegistrationError>>) {
        self.registrations.retain(|asked| !asked.is_closed());
        self.registrations.push(answer);
    }

    pub(super) fn contact(&mut self, tag: Tag, answer: Answer<Result<ConversationId, ContactError>>) {
        self.contacts.retain(|_, asked| !asked.is_closed());
        self.contacts.insert(tag, answer);
    }

    pub(super) fn name(&mut self, tag: Tag, answer: Answer<Result<NameStanding, LookupError>>) {
        self.names.retain(|_, asked| !asked.is_closed());
        self.names.insert(tag, answer);
    }

    pub(super) fn release(&mut self, answer: Answer<Result<(), ReleaseError>>) {
        self.releases.retain(|asked| !asked.is_closed());
        self.releases.push(answer);
    }

    pub(super) fn caught_up(&mut self, answer: Answer<Result<(), MachineError>>) {
        self.caught_up.retain(|asked| !asked.is_closed());
        self.caught_up.push(answer);
    }

    pub(super) fn waits_to_catch_up(&self) -> bool {
        !self.caught_up.is_empty()
    }

    /// Answers whoever waits until there is nothing more to read.
    pub(super) fn settle_caught_up(&mut self) {
        for asked in self.caught_up.drain(..) {
            reply(asked, Ok(()));
        }
    }

    /// Answers whoever waits for this event.
    pub(super) fn settle(&mut self, event: &Event) {
        match event {
            Event::Registered(_) => self.settle_registrations(&Ok(())),
            Event::RegistrationFailed(error) => self.settle_registrations(&Err(error.clone())),
            Event::ContactReady { tag, conversation } => self.settle_contact(*tag, Ok(*conversation)),
            Event::ContactFailed { tag, error } => self.settle_contact(*tag, Err(error.clone())),
            Event::NameLookedUp { tag, standing } => {
                if let Some(asked) = self.names.remove(tag) {
                    reply(asked, standing.clone());
                }
            }
            Event::Released(_) => self.settle_releases(&Ok(())),
            Event::ReleaseFailed(error) => self.settle_releases(&Err(error.clone())),
            _ => {}
        }
    }

    fn settle_releases(&mut self, outcome: &Result<(), ReleaseError>) {
        for asked in self.releases.drain(..) {
            reply(asked, outcome.clone());
        }
    }

    fn settle_registrations(&mut self, outcome: &Result<(), RegistrationError>) {
        for asked in self.registrations.drain(..) {
            reply(asked, outcome.clone());
        }
    }

    fn settle_contact(&mut self, tag: Tag, outcome: Result<ConversationId, ContactError>) {
        if let Some(asked) = self.contacts.remove(&tag) {
            reply(asked, outcome);
        }
    }
}
