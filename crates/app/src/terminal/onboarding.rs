//! The first minute: a network, a username, 24 words, done.

use super::lines::Lines;
use super::words;
use crate::cli::Start;
use crate::failure::{Failure, Kind};
use crate::host;
use crate::link::Link;
use crate::screen;

const NO_TERMINAL: &str = "Name one with --name, and say --print-words or --no-confirm";

/// Brings the profile as far as it isn't yet, and gives the words if they were made and not shown.
///
/// # Errors
/// When a name is refused and nobody is there to choose another, or the network is out of reach.
pub(crate) async fn run(
    link: &Link,
    start: &Start,
    mut lines: Option<&mut Lines>,
) -> Result<Option<Vec<String>>, Failure> {
    let state = link.profile().await?;
    if state
        .identity
        .as_ref()
        .is_some_and(|identity| identity.registered)
    {
        return Ok(None);
    }
    check(start, lines.is_some(), state.identity.is_none())?;
    let mut name = match &start.name {
        Some(name) => host::name(name)?,
        None => ask_name(&mut lines).await?,
    };
    let words = if state.identity.is_some() {
        None
    } else {
        Some(link.create_account().await?)
    };
    loop {
        if lines.is_some() {
            screen::line("Registering, which takes a few seconds ...");
        }
        match link.register(&name).await {
            Ok(()) => break,
            Err(failure) if failure.kind == Kind::Refused && start.name.is_none() => {
                screen::line(failure.to_string());
                name = ask_name(&mut lines).await?;
            }
            Err(failure) => {
                // The account stands, whatever the network says: its words must not be lost with this process.
                show(words.as_deref(), start, lines).await?;
                return Err(failure);
            }
        }
    }
    show(words.as_deref(), start, lines).await?;
    Ok(words)
}

/// Whether everything can be asked, shown, or is given.
///
/// # Errors
/// When it isn't.
pub(crate) fn check(start: &Start, has_terminal: bool, makes_account: bool) -> Result<(), Failure> {
    if !has_terminal && start.name.is_none() {
        return Err(Failure::usage("there is no terminal to ask for a username on").advise(NO_TERMINAL));
    }
    if !has_terminal && makes_account && !start.no_confirm && !start.print_words {
        return Err(Failure::usage("there is no terminal to show the 24 words on").advise(NO_TERMINAL));
    }
    Ok(())
}

async fn ask_name(lines: &mut Option<&mut Lines>) -> Result<String, Failure> {
    let Some(lines) = lines else {
        return Err(Failure::usage("there is no terminal to ask for a username on").advise(NO_TERMINAL));
    };
    loop {
        let typed = lines.ask("Choose a username: @").await.ok_or_else(ended)?;
        match host::name(typed.trim()) {
            Ok(name) => return Ok(name),
            Err(failure) => screen::line(failure.to_string()),
        }
    }
}

async fn show(words: Option<&[String]>, start: &Start, lines: Option<&mut Lines>) -> Result<(), Failure> {
    let Some(words) = words else { return Ok(()) };
    if lines.is_none() && !start.print_words {
        screen::note("The 24 words were not shown. If this profile is lost, the account is lost with it.");
        return Ok(());
    }
    let Some(lines) = lines else { return Ok(()) };
    screen::line("");
    screen::line(
        "These 24 words are your account. Whoever has them is you; without them nobody can bring it back.",
    );
    screen::line("Write them on paper. They are shown this once.");
    screen::line("");
    screen::part(words::columns(words));
    screen::line("");
    if start.no_confirm {
        return Ok(());
    }
    for place in words::places(words.len())? {
        let word = words.get(place).map_or("", String::as_str);
        loop {
            let question = format!("Word {} (Enter to skip): ", place + 1);
            let typed = lines.ask(&question).await.ok_or_else(ended)?;
            if typed.trim().is_empty() {
                screen::line(
                    "Skipped. If this device is lost before you have the words on paper, the account is lost.",
                );
                return Ok(());
            }
            if words::is_same(&typed, word) {
                break;
            }
            screen::line("That is another word. Look again at what you wrote down.");
        }
    }
    screen::line("They are right. Keep the paper safe.");
    Ok(())
}

fn ended() -> Failure {
    Failure::new(
        Kind::Failed,
        "input-ended",
        "the input ended before everything was answered",
    )
    .advise("Start again; what was done is kept")
}
