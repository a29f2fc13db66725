//! The commands, from which the parser, the help, the completions and the man page are made.

mod chats;
mod imports;
mod later;
mod library;
mod operators;
mod polls;
mod storage;

use std::path::PathBuf;

use clap::{Args, CommandFactory, Parser, Subcommand};
use clap_complete::Shell;

use crate::dto::{Quality, Scope};
use crate::failure::Failure;
use crate::screen;

pub(crate) use self::chats::{Chat, Choice, Me, Strangers, seconds};
pub(crate) use self::imports::{Import, Imported};
pub(crate) use self::later::{Later, LaterAct};
pub(crate) use self::library::Library;
pub(crate) use self::operators::{Network, NetworkCreate, Node, NodeCommand, NodeKey, Target};
pub(crate) use self::polls::{Ask, Poll};
pub(crate) use self::storage::{Clear, MakeRoom, Storage};

/// X Chat: a private, peer-to-peer messenger. Without a command it starts, and opens its page in a browser.
#[derive(Debug, Parser)]
#[command(name = "xchat", version, about, long_about = None, after_help = EXIT_CODES)]
#[command(disable_help_subcommand = true)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) common: Common,
    #[command(flatten)]
    pub(crate) start: Start,
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

const EXIT_CODES: &str = "\
Exit codes: 0 done, 1 failed, 2 wrong usage, 3 not found, 4 out of reach, 5 refused, 6 profile or port in use,
7 storage (disk full), 8 this machine's clock is off.";

/// What every command takes.
#[derive(Debug, Clone, Args)]
pub(crate) struct Common {
    /// Whose account to use on this machine.
    #[arg(
        long,
        global = true,
        default_value = "default",
        value_name = "NAME",
        env = "XCHAT_PROFILE"
    )]
    pub(crate) profile: String,
    /// Where profiles are kept; else $XDG_DATA_HOME/xchat.
    #[arg(long, global = true, value_name = "DIR", env = "XCHAT_DATA_DIR")]
    pub(crate) data_dir: Option<PathBuf>,
    /// Print JSON, one value a line.
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// A file whose first line is the profile's passphrase.
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) passphrase_file: Option<PathBuf>,
    /// How long to wait for the network, in seconds.
    #[arg(long, global = true, default_value_t = 30, value_name = "SECONDS")]
    #[arg(value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub(crate) timeout: u64,
    /// Port of the local interface on 127.0.0.1; else 7470 if it is free.
    #[arg(long, global = true, value_name = "PORT", hide_short_help = true)]
    pub(crate) api_port: Option<u16>,
}

/// How a profile comes into a network, and gets its account.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct Start {
    /// Join the network of this invitation instead of starting one.
    #[arg(long, value_name = "INVITATION")]
    pub(crate) join: Option<String>,
    /// Take this username instead of asking for one.
    #[arg(long, value_name = "NAME")]
    pub(crate) name: Option<String>,
    /// Bring an account back: a file that holds its 24 words, or - for stdin. Needs --name.
    #[arg(long, value_name = "FILE", requires = "name", conflicts_with = "print_words")]
    pub(crate) restore: Option<PathBuf>,
    /// Don't ask for the words again. Who loses them loses the account with its devices.
    #[arg(long, visible_alias = "skip-words")]
    pub(crate) no_confirm: bool,
    /// Print the 24 words even when no terminal is there to show them on.
    #[arg(long)]
    pub(crate) print_words: bool,
    /// UDP port of the own network's node; else 7480 if it is free, and the same from then on.
    #[arg(long, value_name = "PORT", hide_short_help = true)]
    pub(crate) node_port: Option<u16>,
    /// Start an own network for this machine only: the node listens on 127.0.0.1.
    #[arg(long, hide_short_help = true)]
    pub(crate) loopback: bool,
    /// Only print the address of the page; open no browser.
    #[arg(long)]
    pub(crate) no_open: bool,
    /// Open the page in a window of its own, where Chromium, Chrome, Brave or Edge is installed.
    #[arg(long, conflicts_with = "no_open")]
    pub(crate) window: bool,
}

impl Start {
    /// Whether any of it is given.
    pub(crate) const fn is_given(&self) -> bool {
        self.join.is_some()
            || self.name.is_some()
            || self.restore.is_some()
            || self.no_confirm
            || self.print_words
            || self.node_port.is_some()
            || self.loopback
            || self.no_open
            || self.window
    }
}

/// A message to send.
#[derive(Debug, Args)]
pub(crate) struct Send {
    /// To whom.
    #[arg(value_name = "@NAME")]
    pub(crate) name: String,
    /// The text; with files it may be left away.
    pub(crate) text: Option<String>,
    /// Send a file with it; up to ten times. Pictures are made smaller, and tell nothing of where they were made.
    #[arg(long = "file", value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// Leave pictures as large as they are.
    #[arg(long, requires = "files")]
    pub(crate) original: bool,
    /// Leave files as they are, with all that they tell.
    #[arg(long, requires = "files", conflicts_with = "original")]
    pub(crate) untouched: bool,
    /// Return as soon as the message is kept here, before it is on the network.
    #[arg(long)]
    pub(crate) no_wait: bool,
    /// Let it disappear so long after it was read: 5m, 8h, 1d, 4w, or off.
    #[arg(long, value_name = "TIME", value_parser = seconds)]
    pub(crate) disappear: Option<u32>,
    /// Offer an answer to be given with one touch; up to eight times.
    #[arg(long = "answer", value_name = "TEXT")]
    pub(crate) answers: Vec<String>,
}

impl Send {
    /// How its files are sent.
    pub(crate) const fn quality(&self) -> Quality {
        match (self.original, self.untouched) {
            (true, _) => Quality::Original,
            (_, true) => Quality::Untouched,
            _ => Quality::Standard,
        }
    }
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Start, and chat in this terminal instead of on the page.
    Chat(Start),
    /// Create the account: username, 24 words, network.
    Init(Start),
    /// Say who this profile is.
    Whoami,
    /// Begin a conversation with somebody.
    Add {
        /// Whom.
        #[arg(value_name = "@NAME")]
        name: String,
    },
    /// Send a message; without a text, or with -, it is read from stdin.
    Send(Send),
    /// Save the files of a message; its row is shown by read.
    Save {
        /// The row of the message.
        row: i64,
        /// Which of its files, from 0; else all.
        #[arg(long)]
        part: Option<u32>,
        /// Where; else the folder that this is.
        #[arg(value_name = "DIR")]
        folder: Option<PathBuf>,
    },
    /// Show what you say of yourself, and change it. Those who have accepted you see it, and nobody else.
    Profile(Me),
    #[command(flatten)]
    Setting(Chat),
    /// Show what takes space on this device, and make room.
    Storage(Storage),
    /// Show what others could know about you: homes, operators and everybody, by what they were told.
    Seen,
    /// Let messages wait, list those that do, send one now, take one back.
    Later(Later),
    /// Ask something, vote, and end a poll.
    #[command(subcommand)]
    Poll(Poll),
    /// Keep GIFs and stickers on this device, and send them.
    #[command(subcommand)]
    Library(Library),
    /// List the conversations.
    Chats,
    /// Show a conversation, and mark it as read.
    Read {
        /// With whom.
        #[arg(value_name = "@NAME")]
        name: String,
        /// How many messages at most.
        #[arg(long, default_value_t = 50)]
        #[arg(value_parser = clap::value_parser!(u16).range(1..=500))]
        limit: u16,
        /// Leave it unread.
        #[arg(long)]
        peek: bool,
    },
    /// Search all messages, newest first, and then those that were taken over.
    Search(Search),
    /// Take an archive of X, WhatsApp or Telegram over. Again is fine: what is here already is not doubled.
    Import(Import),
    /// List what was taken over, and show it.
    Imported(Imported),
    /// Take conversations out, into a folder: as JSON, as a page to read, and with the files that are here.
    Export {
        /// The folder.
        path: PathBuf,
        /// Only the conversation with this person.
        #[arg(long, value_name = "@NAME")]
        chat: Option<String>,
    },
    /// Follow what happens, until stopped.
    Tail,
    /// List the message requests.
    Requests,
    /// Accept a message request.
    Accept {
        /// Whose.
        #[arg(value_name = "@NAME")]
        name: String,
    },
    /// Decline a message request; its sender is not told.
    Decline {
        /// Whose.
        #[arg(value_name = "@NAME")]
        name: String,
    },
    /// Show the invitation into this network.
    Invite {
        /// Show it as a QR code too.
        #[arg(long)]
        qr: bool,
    },
    /// Run a node of its own: mailbox, directory and relay.
    Node(Node),
    /// Make a network of several operators, look at one, and vote on who validates.
    #[command(subcommand)]
    Network(Network),
    /// Say what is reachable and what isn't.
    Doctor,
    /// Give the username up. Your 24 words take it back while it rests; then anybody may have it.
    Release {
        /// Don't ask for the name again.
        #[arg(long)]
        yes: bool,
    },
    /// Show the proofs that validators have signed two truths, when any were found.
    Evidence,
    /// Make a one-time code that opens the page of the running profile.
    Open,
    /// Make, list and revoke the tokens of bots.
    #[command(subcommand)]
    Token(Token),
    /// Print the completions for a shell.
    Completions {
        /// Which shell.
        shell: Shell,
    },
    /// Print the man page.
    Man,
    /// Prepare one picture, from stdin to stdout: the messenger starts it.
    #[command(hide = true)]
    MediaWorker,
}

/// What is searched for.
#[derive(Debug, Clone, Args)]
pub(crate) struct Search {
    /// Words, all of which must be there; the last may be unfinished.
    #[arg(required = true)]
    pub(crate) text: Vec<String>,
    /// Only what this person wrote.
    #[arg(long, value_name = "@NAME")]
    pub(crate) from: Option<String>,
    /// Only in the conversation with this person.
    #[arg(long = "in", value_name = "@NAME")]
    pub(crate) within: Option<String>,
    /// Only from this day on, like 2026-11-22 (UTC).
    #[arg(long, value_name = "DAY")]
    pub(crate) since: Option<String>,
    /// How many messages at most.
    #[arg(long, default_value_t = 50)]
    #[arg(value_parser = clap::value_parser!(u16).range(1..=100))]
    pub(crate) limit: u16,
}

/// What can be done with tokens.
#[derive(Debug, Subcommand)]
pub(crate) enum Token {
    /// Make a token, and print it this once.
    Create {
        /// What to call it.
        label: String,
        /// What it may do; several with commas.
        #[arg(long, value_delimiter = ',', required = true)]
        scopes: Vec<Scope>,
    },
    /// List the tokens.
    List,
    /// Revoke a token.
    Revoke {
        /// Its id, as the list shows it.
        id: String,
    },
}

/// Prints the completions for a shell.
pub(crate) fn print_completions(shell: Shell) {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "xchat", &mut script);
    screen::part(String::from_utf8_lossy(&script));
}

/// Prints the man page: `xchat`, and a section for each command.
///
/// # Errors
/// Never in practice: it is written to memory.
pub(crate) fn print_man_page() -> Result<(), Failure> {
    let mut page = Vec::new();
    let mut command = Cli::command();
    command.build();
    let render = |command: clap::Command, page: &mut Vec<u8>| {
        clap_mangen::Man::new(command).render(page).map_err(Failure::bug)
    };
    render(command.clone(), &mut page)?;
    let mut queue: Vec<_> = command
        .get_subcommands()
        .filter(|sub| !sub.is_hide_set())
        .map(|sub| (format!("xchat {}", sub.get_name()), sub))
        .collect();
    queue.sort_by(|one, other| one.0.cmp(&other.0));
    for (name, sub) in queue {
        let man = clap_mangen::Man::new(sub.clone());
        let mut section = format!(".SH \"{}\"\n", name.to_uppercase()).into_bytes();
        man.render_description_section(&mut section)
            .map_err(Failure::bug)?;
        man.render_synopsis_section(&mut section).map_err(Failure::bug)?;
        man.render_options_section(&mut section).map_err(Failure::bug)?;
        let text = String::from_utf8_lossy(&section);
        let lower: String = text.lines().skip(1).map(|line| demoted(line) + "\n").collect();
        page.extend(text.lines().next().unwrap_or_default().bytes().chain(*b"\n"));
        page.extend(lower.bytes());
    }
    screen::part(String::from_utf8_lossy(&page));
    Ok(())
}

/// Sections of a command become subsections of its own section.
fn demoted(line: &str) -> String {
    match line.strip_prefix(".SH ") {
        Some(title) => format!(".SS {title}"),
        None => line.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_definitions_are_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn a_command_takes_the_common_options_on_either_side() {
        for arguments in [
            ["xchat", "--profile", "b", "chats"],
            ["xchat", "chats", "--profile", "b"],
        ] {
            let cli = Cli::try_parse_from(arguments).unwrap();
            assert_eq!(cli.common.profile, "b");
            assert!(matches!(cli.command, Some(Command::Chats)));
        }
        let alone = Cli::try_parse_from(["xchat", "--join", "xchat:AA", "--profile", "second"]).unwrap();
        assert_eq!(alone.start.join.as_deref(), Some("xchat:AA"));
        assert!(alone.command.is_none());
    }
}
