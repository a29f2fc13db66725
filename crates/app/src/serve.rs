//! The running profile: the messenger, the node where the network is its own, and the local interface, until it is
//! told to stop.

use std::sync::Arc;

use tokio::sync::watch;

use crate::api::{self, Api, Keys};
use crate::cli::{Common, Start};
use crate::commands;
use crate::failure::{Failure, Kind};
use crate::host::{Host, Wishes};
use crate::link::Link;
use crate::passphrase;
use crate::profile::Profile;
use crate::profile::daemon_file::DaemonFile;
use crate::profile::lock::{Attempt, Holder, Lock, in_use};
use crate::terminal::lines::Lines;
use crate::terminal::{chat, onboarding, words};
use crate::{qr, screen};

/// Between two looks at a lock that a command holds.
const LOOK_PAUSE: std::time::Duration = std::time::Duration::from_millis(50);

/// Runs a profile until it is told to stop.
///
/// # Errors
/// When it runs already, or can't be started.
pub(crate) async fn run(profile: &Profile, common: &Common, start: &Start) -> Result<(), Failure> {
    let wishes = commands::wishes(start)?;
    let _lock = lock(profile, common).await?;
    // Taken before anything is begun: a port in use must not leave half a profile.
    let (listener, port) = api::listen(common.api_port).await?;
    let wishes = Wishes {
        passphrase: passphrase::read(profile, common)?,
        ..wishes
    };
    let host = Arc::new(Host::start(profile, wishes).await?);
    let keys = Arc::new(Keys::new(profile, port)?);
    let file = DaemonFile {
        port,
        token: keys.master().to_owned(),
        pid: std::process::id(),
    };
    let (stop, stopping) = watch::channel(false);
    let server = tokio::spawn(api::serve(
        listener,
        Api {
            host: Arc::clone(&host),
            keys,
            port,
        },
        stopping,
    ));
    let link = Link::here(Arc::clone(&host));
    let done = match file.write(profile) {
        Ok(()) => tokio::select! {
            done = attend(&link, common, start) => done,
            () = stopped() => Ok(()),
        },
        Err(failure) => Err(failure),
    };
    // Commands that come now find no file, and wait for the lock.
    let removed = DaemonFile::remove(profile);
    let _all_gone = stop.send(true);
    let _ended = server.await;
    host.shutdown().await;
    done.and(removed)
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

/// Brings the person in, shows the invitation, and talks with them or waits.
async fn attend(link: &Link, common: &Common, start: &Start) -> Result<(), Failure> {
    let mut lines = (screen::is_interactive() && !common.json).then(Lines::start);
    if lines.is_some() || start.name.is_some() {
        let made = onboarding::run(link, start, lines.as_mut()).await?;
        if let Some(made) = made.filter(|_| start.print_words && lines.is_none()) {
            screen::part(words::columns(&made));
        }
    }
    welcome(link, common).await?;
    match lines.as_mut() {
        Some(lines) => chat::run(link, lines).await,
        None => std::future::pending().await,
    }
}

async fn welcome(link: &Link, common: &Common) -> Result<(), Failure> {
    let state = link.profile().await?;
    let invitation = match link.invitation().await {
        Ok(invitation) => Some(invitation),
        Err(failure) if failure.kind == Kind::Unreachable => None,
        Err(failure) => return Err(failure),
    };
    if common.json {
        screen::json(&serde_json::json!({ "type": "started", "profile": state, "invitation": invitation }));
        return Ok(());
    }
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
