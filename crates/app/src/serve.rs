//! The running profile: the messenger, the node where the network is its own, and the local interface, until it is
//! told to stop.

use std::sync::Arc;

use tokio::sync::watch;

use crate::api::{self, Api, Keys};
use crate::cli::{Common, Start};
use crate::commands;
use crate::door::Door;
use crate::failure::{Failure, Kind};
use crate::host::{self, Wishes};
use crate::link::Link;
use crate::passphrase;
use crate::profile::Profile;
use crate::profile::daemon_file::DaemonFile;
use crate::profile::lock::{Attempt, Holder, Lock, in_use};
use crate::profile::settings::Settings;
use crate::terminal::lines::Lines;
use crate::terminal::{chat, onboarding, words};
use crate::{browser, qr, screen};

/// Between two looks at a lock that a command holds.
const LOOK_PAUSE: std::time::Duration = std::time::Duration::from_millis(50);

/// How the page is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Opened {
    /// Not at all.
    Not,
    /// In a tab of the desktop's browser.
    Tab,
    /// In a window of its own.
    Window,
}

/// Where the owner talks with their profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Face {
    /// On the page.
    Page {
        /// How it is opened at once.
        opened: Opened,
    },
    /// In this terminal.
    Terminal,
}

/// Runs a profile until it is told to stop.
///
/// # Errors
/// When it runs already, or can't be started.
pub(crate) async fn run(
    profile: &Profile,
    common: &Common,
    start: &Start,
    face: Face,
) -> Result<(), Failure> {
    let wishes = commands::wishes(start)?;
    let _lock = lock(profile, common).await?;
    // Taken before anything is begun: a port in use must not leave half a profile.
    let settings = Settings::read(profile)?;
    let (listener, port) = api::listen(common.api_port, settings.page_port).await?;
    let page_port = Some(port);
    if settings.page_port != page_port {
        let kept = Settings {
            page_port,
            ..settings
        };
        kept.write(profile)?;
    }
    let passphrase = match face {
        Face::Page { .. } => passphrase::given(common)?,
        Face::Terminal => passphrase::read(profile, common)?,
    };
    // The page is to begin or unlock it then.
    let waits_for_page = match face {
        Face::Terminal => false,
        Face::Page { .. } if settings.begun => passphrase.is_none() && host::is_protected(profile)?,
        Face::Page { .. } => start.join.is_none() && start.name.is_none(),
    };
    let door = Arc::new(Door::new(profile, Wishes { passphrase, ..wishes }));
    if !waits_for_page {
        door.open().await?;
    }
    let keys = Arc::new(Keys::new(profile, port)?);
    let file = DaemonFile {
        port,
        token: keys.master().to_owned(),
        pid: std::process::id(),
    };
    let (stop, stopping) = watch::channel(false);
    let api = Api {
        door: Arc::clone(&door),
        keys: Arc::clone(&keys),
        port,
    };
    let server = tokio::spawn(api::serve(listener, api, stopping));
    let done = match file.write(profile) {
        Ok(()) => tokio::select! {
            done = attend(&door, common, start, face, Entrance { profile, keys: &keys, port }) => done,
            () = stopped() => Ok(()),
        },
        Err(failure) => Err(failure),
    };
    // Commands that come now find no file, and wait for the lock.
    let removed = DaemonFile::remove(profile);
    let _all_gone = stop.send(true);
    let _ended = server.await;
    door.shutdown().await;
    done.and(removed)
}

/// What a page is let in by.
struct Entrance<'a> {
    profile: &'a Profile,
    keys: &'a Keys,
    port: u16,
}

async fn lock(profile: &Profile, common: &Common) -> Result<Lock, Failure> {
    let wait = async {
        loop {
            match Lock::attempt(profile, Holder::Server)? {
                Attempt::Held(lock) => return Ok(lock),
                Attempt::HeldBy(Holder::Server) => return Err(in_use(profile)),
                // It does one thing, and goes.
                Attempt::HeldBy(Holder::Command) => tokio::time::sleep(LOOK_PAUSE).await,
            }
        }
    };
    tokio::time::timeout(commands::patience(common), wait)
        .await
        .map_err(|_| in_use(profile))?
}

/// Brings the person in, says where the page is, and talks with them or waits.
async fn attend(
    door: &Door,
    common: &Common,
    start: &Start,
    face: Face,
    entrance: Entrance<'_>,
) -> Result<(), Failure> {
    let is_talking = face == Face::Terminal && screen::is_interactive() && !common.json;
    let mut lines = is_talking.then(Lines::start);
    if let Ok(host) = door.host() {
        let link = Link::here(Arc::clone(host));
        if lines.is_some() || start.name.is_some() {
            let made = onboarding::run(&link, start, lines.as_mut()).await?;
            if let Some(made) = made.filter(|_| start.print_words && lines.is_none()) {
                screen::part(words::columns(&made));
            }
        }
        if let Some(lines) = lines.as_mut() {
            welcome(&link).await?;
            return chat::run(&link, lines).await;
        }
    }
    announce(door, common, face, &entrance).await?;
    std::future::pending().await
}

/// Says where the page is, and opens it.
async fn announce(door: &Door, common: &Common, face: Face, entrance: &Entrance<'_>) -> Result<(), Failure> {
    let address = format!("http://127.0.0.1:{}/", entrance.port);
    let way_in = format!("{address}#{}", entrance.keys.first_code()?);
    if common.json {
        let profile = door.profile().await?;
        let invitation = match door.host() {
            Ok(host) => host.invitation().await.ok(),
            Err(_) => None,
        };
        screen::json(&serde_json::json!({
            "type": "started", "profile": profile, "invitation": invitation, "page": way_in
        }));
    } else {
        if let Ok(host) = door.host() {
            welcome(&Link::here(Arc::clone(host))).await?;
        }
        screen::line("X Chat runs on this computer. Its page, for you alone:");
        screen::line("");
        screen::line(format!("    {way_in}"));
        screen::line("");
        screen::line("The address opens once; xchat open makes another. Ctrl+C stops X Chat.");
    }
    let Face::Page { opened } = face else {
        return Ok(());
    };
    if opened == Opened::Not || !browser::is_there() {
        return Ok(());
    }
    if opened == Opened::Window {
        let code = entrance.keys.seen_code()?;
        if browser::open_window(&format!("{address}#{code}")) {
            return Ok(());
        }
        screen::note(
            "No browser is installed here that can show a window of its own: Chromium, Chrome, Brave or Edge.",
        );
    }
    let code = entrance.keys.new_code()?;
    browser::open(entrance.profile, &format!("{address}#{code}"));
    Ok(())
}

async fn welcome(link: &Link) -> Result<(), Failure> {
    let state = link.profile().await?;
    let invitation = match link.invitation().await {
        Ok(invitation) => Some(invitation),
        Err(failure) if failure.kind == Kind::Unreachable => None,
        Err(failure) => return Err(failure),
    };
    if let Some(name) = state.identity.and_then(|identity| identity.name) {
        screen::line(format!("You are @{name}."));
    }
    let Some(invitation) = invitation else {
        screen::line("This profile belongs to no network yet.");
        return Ok(());
    };
    screen::line("");
    screen::line("Whoever has this invitation can join your network:");
    if screen::is_interactive() {
        screen::part(qr::half_blocks(&invitation.link)?);
    }
    screen::line(&invitation.link);
    screen::line(invitation.reach.sentence());
    screen::line("");
    Ok(())
}

/// Resolves when the process is told to stop.
pub(crate) async fn stopped() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let (Ok(mut terminated), Ok(mut hung_up)) =
            (signal(SignalKind::terminate()), signal(SignalKind::hangup()))
        else {
            return interrupted().await;
        };
        tokio::select! {
            _ = terminated.recv() => {}
            _ = hung_up.recv() => {}
            () = interrupted() => {}
        }
    }
    #[cfg(not(unix))]
    interrupted().await;
}

async fn interrupted() {
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending().await
    }
}
