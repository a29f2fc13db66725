//! Polls: asking, voting, ending.

use xchat_core::content::Poll;
use xchat_core::io::{ConversationId, MessageView};
use xchat_core::machine::Outgoing;

use super::World;
use crate::device::DeviceId;

/// What can be chosen in every poll.
const CHOICES: [&str; 3] = ["this", "that", "the other"];

impl World {
    /// Asks something that nobody asked before.
    pub fn ask(
        &mut self,
        device: DeviceId,
        conversation: ConversationId,
        is_multiple: bool,
    ) -> Option<String> {
        let question = format!("{} {}?", self.written.len(), self.devices[device].name.as_str());
        let choices = CHOICES.map(str::to_owned);
        let poll = match Poll::new(&question, &choices, is_multiple) {
            Ok(poll) => poll,
            Err(error) => {
                self.violate(format!("a poll can't be: {error}"));
                return None;
            }
        };
        let text = poll.text();
        self.announce(text.clone(), device, conversation);
        let outgoing = Outgoing {
            poll: Some(poll),
            ..Outgoing::default()
        };
        self.send_announced(device, conversation, text, outgoing)
    }

    /// Votes in a poll for what lots decide, or takes back what was chosen.
    pub fn vote(&mut self, device: DeviceId, message: &MessageView) {
        let Some(poll) = &message.poll else { return };
        let most = if poll.is_multiple { CHOICES.len() } else { 1 };
        let count = self.dice.place(most + 1);
        let mut choices = Vec::new();
        for _ in 0..count {
            choices.extend(u8::try_from(self.dice.place(CHOICES.len())));
        }
        choices.dedup();
        self.act(device, |machine, now_ms, rng| {
            machine.vote(now_ms, rng, message.row, &choices)
        });
    }

    /// Ends an own poll.
    pub fn end_poll(&mut self, device: DeviceId, message: &MessageView) {
        self.act(device, |machine, now_ms, rng| {
            machine.end_poll(now_ms, rng, message.row)
        });
    }
}
