//! One-time codes for the page, and the tokens of bots.

use super::patience;
use crate::cli::{Common, Token as Wish};
use crate::clock;
use crate::dto::{Code, NewToken, Token, TokenWish};
use crate::failure::{Failure, Kind};
use crate::profile::Profile;
use crate::profile::daemon_file::DaemonFile;
use crate::profile::lock::{Attempt, Holder, Lock, in_use};
use crate::profile::tokens::Tokens;
use crate::remote::Remote;
use crate::screen;

async fn running(profile: &Profile, common: &Common) -> Result<Option<Remote>, Failure> {
    match DaemonFile::read(profile)? {
        Some(file) => Ok(Remote::verified(file, patience(common)).await),
        None => Ok(None),
    }
}

pub(crate) async fn open(profile: &Profile, common: &Common) -> Result<(), Failure> {
    let remote = running(profile, common).await?.ok_or_else(|| {
        Failure::new(Kind::Failed, "not-running", "this profile is not running").advise("Start it with xchat")
    })?;
    let Code { code } = remote.post("/api/codes", &()).await?;
    if common.json {
        screen::json(&serde_json::json!({ "port": remote.port(), "code": code }));
    } else {
        screen::line(format!("http://127.0.0.1:{}/#{code}", remote.port()));
        screen::note("The code works once, within a minute.");
    }
    Ok(())
}

pub(crate) async fn run(profile: &Profile, common: &Common, wish: Wish) -> Result<(), Failure> {
    match running(profile, common).await? {
        Some(remote) => over_there(&remote, common, wish).await,
        None => {
            let Attempt::Held(_lock) = Lock::attempt(profile, Holder::Command)? else {
                return Err(in_use(profile));
            };
            in_place(profile, common, wish)
        }
    }
}

async fn over_there(remote: &Remote, common: &Common, wish: Wish) -> Result<(), Failure> {
    match wish {
        Wish::Create { label, scopes } => {
            let token: NewToken = remote.post("/api/tokens", &TokenWish { label, scopes }).await?;
            print_new(common, &token);
        }
        Wish::List => print_list(common, &remote.get::<Vec<Token>>("/api/tokens").await?),
        Wish::Revoke { id } => {
            remote
                .delete(&format!("/api/tokens/{}", id_in_path(&id)?))
                .await?
        }
    }
    Ok(())
}

fn in_place(profile: &Profile, common: &Common, wish: Wish) -> Result<(), Failure> {
    let mut tokens = Tokens::read(profile)?;
    match wish {
        Wish::Create { label, scopes } => {
            print_new(common, &tokens.create(profile, TokenWish { label, scopes })?)
        }
        Wish::List => print_list(common, &tokens.list()),
        Wish::Revoke { id } => tokens.revoke(profile, id_in_path(&id)?)?,
    }
    Ok(())
}

fn id_in_path(id: &str) -> Result<&str, Failure> {
    let is_id = !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_id.then_some(id).ok_or_else(|| {
        Failure::new(Kind::NotFound, "unknown-token", "there is no such token")
            .advise("xchat token list shows them")
    })
}

fn print_new(common: &Common, token: &NewToken) {
    if common.json {
        screen::json(token);
    } else {
        screen::line(&token.secret);
        screen::note("This is the token. It is shown this once.");
    }
}

fn print_list(common: &Common, tokens: &[Token]) {
    for token in tokens {
        if common.json {
            screen::json(token);
        } else {
            let scopes: Vec<_> = token.scopes.iter().map(|scope| scope.word()).collect();
            let day = clock::day(token.created_ms);
            screen::line(format!(
                "{}  {day}  {}  {}",
                token.id,
                scopes.join(","),
                token.label
            ));
        }
    }
}
