//! The commands: each does one thing through a [`Link`] and prints what came of it.

mod chats;
mod conversations;
mod export;
mod exposure;
mod files;
mod imports;
mod later;
mod library;
mod me;
mod network;
pub(crate) mod operators;
mod polls;
mod requests;
mod search;
mod storage;
mod tokens;

use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::time::Duration;

use crate::cli::{self, Cli, Command, Common, NodeCommand, Send, Start};
use crate::dto::Identity;
use crate::failure::Failure;
use crate::host::{self, Wishes};
use crate::link::Link;
use crate::profile::Profile;
use crate::profile::settings::Settings;
use crate::serve::{Face, Opened};
use crate::terminal::lines::Lines;
use crate::terminal::onboarding;
use crate::{node, screen, serve};

/// In bytes. Many times what 24 words have.
const WORDS_BYTES_MAX: u64 = 4096;

/// Does what the command line asks.
///
/// # Errors
/// What went wrong, with what to do about it.
pub(crate) async fn run(cli: Cli) -> Result<(), Failure> {
    let Cli {
        common,
        start,
        command,
    } = cli;
    let Some(command) = command else {
        let opened = match (start.no_open, start.window) {
            (true, _) => Opened::Not,
            (false, false) => Opened::Tab,
            (false, true) => Opened::Window,
        };
        let face = Face::Page { opened };
        return serve::run(&profile(&common)?, &common, &start, face).await;
    };
    if start.is_given() {
        return Err(
            Failure::usage("these options stand before a command that doesn't take them")
                .advise("Write them after init, or leave the command away"),
        );
    }
    match command {
        Command::Completions { shell } => {
            cli::print_completions(shell);
            Ok(())
        }
        Command::Man => cli::print_man_page(),
        Command::Chat(start) => serve::run(&profile(&common)?, &common, &start, Face::Terminal).await,
        Command::Node(node) => match &node.command {
            Some(NodeCommand::Key(wish)) => operators::keys(&common, &node, wish),
            None => node::run(&common, &node).await,
        },
        Command::Network(wish) => operators::run(&common, wish).await,
        Command::Open => tokens::open(&profile(&common)?, &common).await,
        Command::Token(token) => tokens::run(&profile(&common)?, &common, token).await,
        Command::Init(start) => init(&common, &start).await,
        command => with_link(&common, command).await,
    }
}

fn profile(common: &Common) -> Result<Profile, Failure> {
    Profile::open(common.data_dir.as_deref(), &common.profile)
}

async fn with_link(common: &Common, command: Command) -> Result<(), Failure> {
    let command = checked(command)?;
    let link = Link::open(&profile(common)?, common, Wishes::default()).await?;
    let done = dispatch(&link, common, command).await;
    link.close().await;
    done
}

/// Names are judged before anything is started.
fn checked(command: Command) -> Result<Command, Failure> {
    Ok(match command {
        Command::Add { name } => Command::Add {
            name: host::name(&name)?,
        },
        Command::Send(wish) => Command::Send(Send {
            name: host::name(&wish.name)?,
            // With files a text need not be there.
            text: match (wish.text, wish.files.is_empty()) {
                (None, false) => None,
                (text, _) => Some(conversations::text(text)?),
            },
            ..wish
        }),
        Command::Setting(chat) => Command::Setting(chats::checked(chat)?),
        Command::Poll(poll) => Command::Poll(polls::checked(poll)?),
        Command::Later(wish) => Command::Later(later::checked(wish)?),
        Command::Library(wish) => Command::Library(library::checked(wish)?),
        Command::Storage(wish) => Command::Storage(storage::checked(wish)?),
        Command::Read { name, limit, peek } => Command::Read {
            name: host::name(&name)?,
            limit,
            peek,
        },
        Command::Search(wish) => Command::Search(search::checked(wish)?),
        Command::Export { path, chat } => Command::Export {
            path,
            chat: chat.as_deref().map(host::name).transpose()?,
        },
        Command::Accept { name } => Command::Accept {
            name: host::name(&name)?,
        },
        Command::Decline { name } => Command::Decline {
            name: host::name(&name)?,
        },
        command => command,
    })
}

async fn dispatch(link: &Link, common: &Common, command: Command) -> Result<(), Failure> {
    match command {
        Command::Whoami => whoami(link, common).await,
        Command::Add { name } => conversations::add(link, common, &name).await,
        Command::Send(wish) => conversations::send(link, common, wish).await,
        Command::Save { row, part, folder } => {
            files::save(
                link,
                common,
                row,
                part,
                folder.as_deref().unwrap_or(Path::new(".")),
            )
            .await
        }
        Command::Profile(wish) => me::run(link, common, wish).await,
        Command::Setting(chat) => chats::run(link, common, chat).await,
        Command::Poll(poll) => polls::run(link, common, poll).await,
        Command::Later(wish) => later::run(link, common, wish).await,
        Command::Library(wish) => library::run(link, common, wish).await,
        Command::Storage(wish) => storage::run(link, common, wish).await,
        Command::Seen => exposure::seen(link, common).await,
        Command::Chats => conversations::list(link, common).await,
        Command::Read { name, limit, peek } => {
            conversations::read(link, common, &name, usize::from(limit), peek).await
        }
        Command::Search(wish) => search::run(link, common, wish).await,
        Command::Import(wish) => imports::take(link, common, wish).await,
        Command::Imported(wish) => imports::run(link, common, wish).await,
        Command::Export { path, chat } => export::run(link, common, &path, chat.as_deref()).await,
        Command::Tail => conversations::tail(link, common).await,
        Command::Requests => requests::list(link, common).await,
        Command::Accept { name } => requests::accept(link, common, &name).await,
        Command::Decline { name } => requests::decline(link, common, &name).await,
        Command::Invite { qr } => network::invite(link, common, qr).await,
        Command::Doctor => network::doctor(link, common).await,
        Command::Release { yes } => network::release(link, common, yes).await,
        Command::Evidence => network::evidence(link, common).await,
        Command::Chat(_)
        | Command::Init(_)
        | Command::Node(_)
        | Command::Network(_)
        | Command::Open
        | Command::Token(_)
        | Command::Completions { .. }
        | Command::Man
        | Command::MediaWorker => Err(Failure::bug("this command needs no messenger")),
    }
}

/// What a command line wishes of the messenger that it starts.
///
/// # Errors
/// When the name or the invitation is malformed, so that nothing is begun in vain.
pub(crate) fn wishes(start: &Start) -> Result<Wishes, Failure> {
    if let Some(name) = &start.name {
        host::name(name)?;
    }
    if let Some(link) = &start.join {
        host::check_link(link)?;
    }
    Ok(Wishes {
        join: start.join.clone(),
        node_port: start.node_port,
        loopback: start.loopback,
        may_begin: true,
        passphrase: None,
    })
}

async fn init(common: &Common, start: &Start) -> Result<(), Failure> {
    let wishes = wishes(start)?;
    let profile = profile(common)?;
    let words = start.restore.as_deref().map(recovery_words).transpose()?;
    if !Settings::read(&profile)?.begun {
        // Before a network is begun for nothing.
        onboarding::check(start, screen::is_interactive() && !common.json, words.is_none())?;
    }
    let link = Link::open(&profile, common, wishes).await?;
    let done = begin(&link, common, start, words).await;
    link.close().await;
    done
}

async fn begin(link: &Link, common: &Common, start: &Start, words: Option<String>) -> Result<(), Failure> {
    let state = link.profile().await?;
    if let Some(identity) = state.identity.filter(|identity| identity.registered) {
        let name = identity.name.unwrap_or_default();
        return Err(Failure::new(
            crate::failure::Kind::Refused,
            "account-exists",
            format!("this profile is @{name} already"),
        )
        .advise("Take another with --profile"));
    }
    if let (Some(invitation), false) = (&start.join, state.in_network) {
        link.join(invitation).await?;
    }
    if let (Some(words), Some(name)) = (words, &start.name) {
        link.restore(&words, name).await?;
    }
    let mut lines = (screen::is_interactive() && !common.json).then(Lines::start);
    let words = onboarding::run(link, start, lines.as_mut()).await?;
    // What others need to write to this account goes out before the command ends.
    link.settle(common).await;
    let identity = link.identity().await?;
    let shown = words.filter(|_| start.print_words && lines.is_none());
    if common.json {
        screen::json(&serde_json::json!({ "identity": identity, "words": shown }));
        return Ok(());
    }
    if let Some(words) = shown {
        screen::part(crate::terminal::words::columns(&words));
    }
    print_identity(&identity);
    Ok(())
}

/// The words in a file, or on stdin: never on the command line, which other users of the machine can see.
fn recovery_words(path: &Path) -> Result<String, Failure> {
    let mut words = String::new();
    let read = match path == Path::new("-") {
        true => std::io::stdin()
            .lock()
            .take(WORDS_BYTES_MAX)
            .read_to_string(&mut words),
        false => File::open(path).and_then(|file| file.take(WORDS_BYTES_MAX).read_to_string(&mut words)),
    };
    read.map_err(|error| Failure::usage(format!("the words can't be read: {error}")))?;
    host::check_phrase(&words)?;
    Ok(words)
}

async fn whoami(link: &Link, common: &Common) -> Result<(), Failure> {
    let identity = link.identity().await?;
    if common.json {
        screen::json(&identity);
    } else {
        print_identity(&identity);
    }
    Ok(())
}

fn print_identity(identity: &Identity) {
    match (&identity.name, identity.registered) {
        (Some(name), true) => screen::line(format!("@{name}")),
        (Some(name), false) => screen::line(format!("@{name} (being registered)")),
        (None, _) => screen::line("no username yet"),
    }
    screen::line(format!("account {}", identity.account));
    screen::line(format!("device  {}", identity.device));
}

/// How long a command may take.
pub(crate) const fn patience(common: &Common) -> Duration {
    Duration::from_secs(common.timeout)
}
