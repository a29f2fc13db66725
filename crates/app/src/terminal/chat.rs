//! The chat in a terminal: a line is a message or a command, and what happens is told as it happens.

use super::lines::Lines;
use super::talk::{self, Known};
use crate::dto::{Event, Message};
use crate::failure::{Failure, Kind};
use crate::link::{Events, Link};
use crate::{host, qr, screen};

const HELP: &str = "\
  @name text       write to somebody
  text             write to whom you wrote last, or opened
  /open @name      show a conversation, and write there from now on
  /chats           list the conversations
  /requests        list the message requests
  /accept @name    accept a message request
  /decline @name   decline one; its sender is not told
  /invite          show the invitation into this network
  /doctor          say what is reachable and what isn't
  /quit            stop";

/// Messages shown when a conversation is opened.
const SHOWN: usize = 20;

/// What a line asks for.
#[derive(Debug, PartialEq, Eq)]
enum Wish<'a> {
    Nothing,
    Write { name: Option<&'a str>, text: &'a str },
    Open(&'a str),
    Chats,
    Requests,
    Accept(&'a str),
    Decline(&'a str),
    Invite,
    Doctor,
    Help,
    Quit,
    Unknown(&'a str),
}

fn wish(line: &str) -> Wish<'_> {
    let line = line.trim();
    let (first, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
    let rest = rest.trim();
    match first {
        "" => Wish::Nothing,
        "/help" | "/?" => Wish::Help,
        "/quit" | "/exit" | "/q" => Wish::Quit,
        "/chats" => Wish::Chats,
        "/requests" => Wish::Requests,
        "/invite" => Wish::Invite,
        "/doctor" => Wish::Doctor,
        "/open" if !rest.is_empty() => Wish::Open(rest),
        "/accept" | "accept" if rest.starts_with('@') => Wish::Accept(rest),
        "/decline" | "decline" if rest.starts_with('@') => Wish::Decline(rest),
        // A message may begin with a path.
        command if command.starts_with('/') && !command.get(1..).unwrap_or_default().contains('/') => {
            Wish::Unknown(command)
        }
        name if name.starts_with('@') && rest.is_empty() => Wish::Open(name),
        name if name.starts_with('@') => Wish::Write {
            name: Some(name),
            text: rest,
        },
        _ => Wish::Write {
            name: None,
            text: line,
        },
    }
}

/// A conversation on the screen.
struct Chat<'a> {
    link: &'a Link,
    open: Option<(i64, String)>,
    known: Known,
}

/// Talks until the person quits, the input ends or the messenger stops.
///
/// # Errors
/// When the messenger can't be followed.
pub(crate) async fn run(link: &Link, lines: &mut Lines) -> Result<(), Failure> {
    let mut events = link.events().await?;
    link.set_present(true).await?;
    let mut chat = Chat {
        link,
        open: None,
        known: Known::default(),
    };
    screen::line("Type /help for what you can do here.");
    for request in link.requests().await? {
        screen::line(talk::request(&request));
    }
    chat.follow(&mut events, lines).await;
    link.set_present(false).await
}

impl Chat<'_> {
    async fn follow(&mut self, events: &mut Events, lines: &mut Lines) {
        loop {
            tokio::select! {
                event = events.next() => match event {
                    Some(event) => self.tell(&event).await,
                    None => return,
                },
                line = lines.next() => {
                    let Some(line) = line else { return };
                    match wish(&line) {
                        Wish::Quit => return,
                        wish => {
                            if let Err(failure) = self.fulfil(wish).await {
                                screen::line(failure.to_string());
                            }
                        }
                    }
                }
            }
        }
    }

    async fn tell(&mut self, event: &Event) {
        if !self.known.is_news(event) {
            return;
        }
        if let Some(line) = talk::event(event, &mut self.known) {
            screen::line(line);
        }
        if let Event::Message { message } = event {
            self.has_seen(message).await;
        }
    }

    /// What stands on the screen of an open conversation has been read.
    async fn has_seen(&self, message: &Message) {
        let is_open = self
            .open
            .as_ref()
            .is_some_and(|(id, _)| *id == message.conversation);
        if is_open && !message.mine {
            let read = self.link.mark_read(message.conversation, message.row).await;
            if let Err(failure) = read {
                screen::line(failure.to_string());
            }
        }
    }

    async fn fulfil(&mut self, wish: Wish<'_>) -> Result<(), Failure> {
        match wish {
            Wish::Nothing | Wish::Quit => {}
            Wish::Write { name, text } => self.write(name, text).await?,
            Wish::Open(name) => self.open(&host::name(name)?).await?,
            Wish::Chats => {
                for conversation in self.link.conversations().await? {
                    screen::line(talk::conversation(&conversation));
                }
            }
            Wish::Requests => {
                for request in self.link.requests().await? {
                    screen::line(talk::request(&request));
                }
            }
            Wish::Accept(name) => {
                let name = host::name(name)?;
                let request = self.link.request_from(&name).await?;
                let id = self.link.accept(request.id).await?;
                screen::line(format!(
                    "@{name} can write to you now. A line that you type goes to @{name}."
                ));
                self.open = Some((id, name));
            }
            Wish::Decline(name) => {
                let request = self.link.request_from(&host::name(name)?).await?;
                self.link.decline(request.id).await?;
                screen::line("Declined. Nobody is told.");
            }
            Wish::Invite => {
                let invitation = self.link.invitation().await?;
                screen::part(qr::half_blocks(&invitation.link)?);
                screen::line(&invitation.link);
                screen::line(invitation.reach.sentence());
            }
            Wish::Doctor => screen::line(talk::report(&self.link.report().await?)),
            Wish::Help => screen::line(HELP),
            Wish::Unknown(command) => {
                let message = format!("there is no command {}", screen::glimpse(command, 20));
                return Err(Failure::usage(message).advise("Type /help to see them all"));
            }
        }
        Ok(())
    }

    async fn write(&mut self, name: Option<&str>, text: &str) -> Result<(), Failure> {
        if let Some(name) = name {
            let name = host::name(name)?;
            if self.open.as_ref().is_none_or(|(_, open)| *open != name) {
                let id = self.link.contact(&name).await?;
                self.open = Some((id, name));
            }
        }
        let Some((id, _)) = self.open else {
            return Err(Failure::new(Kind::Usage, "to-whom", "to whom shall it go")
                .advise("Begin the line with @name"));
        };
        self.link.send(id, text.into()).await.map(drop)
    }

    async fn open(&mut self, name: &str) -> Result<(), Failure> {
        let id = match self.link.conversation_with(name).await? {
            Some(conversation) => conversation.id,
            None => self.link.contact(name).await?,
        };
        self.open = Some((id, name.to_owned()));
        let messages = self.link.messages(id, SHOWN).await?;
        for message in &messages {
            screen::line(talk::message(message));
        }
        if let Some(last) = messages.iter().rfind(|message| !message.mine) {
            self.link.mark_read(id, last.row).await?;
        }
        screen::line(format!("A line that you type goes to @{name}."));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_a_message_or_a_command() {
        assert_eq!(wish("  "), Wish::Nothing);
        assert_eq!(
            wish("hello there"),
            Wish::Write {
                name: None,
                text: "hello there"
            }
        );
        assert_eq!(
            wish("@bob  hello there "),
            Wish::Write {
                name: Some("@bob"),
                text: "hello there"
            }
        );
        assert_eq!(wish("@bob"), Wish::Open("@bob"));
        assert_eq!(wish("/open @bob"), Wish::Open("@bob"));
        assert_eq!(wish("accept @bob"), Wish::Accept("@bob"));
        assert_eq!(wish("/accept @bob"), Wish::Accept("@bob"));
        assert_eq!(
            wish("accept my apology"),
            Wish::Write {
                name: None,
                text: "accept my apology"
            }
        );
        assert_eq!(wish("/quit"), Wish::Quit);
        assert_eq!(wish("/nonsense"), Wish::Unknown("/nonsense"));
        assert_eq!(
            wish("/etc/passwd is a file"),
            Wish::Write {
                name: None,
                text: "/etc/passwd is a file"
            }
        );
    }
}
