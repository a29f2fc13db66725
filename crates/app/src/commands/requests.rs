//! Message requests: list, accept, decline.

use crate::cli::Common;
use crate::dto::ConversationRef;
use crate::failure::Failure;
use crate::link::Link;
use crate::screen;
use crate::terminal::talk;

pub(crate) async fn list(link: &Link, common: &Common) -> Result<(), Failure> {
    link.catch_up(common).await;
    let requests = link.requests().await?;
    if common.json {
        requests.iter().for_each(screen::json);
    } else if requests.is_empty() {
        screen::line("No message requests.");
    } else {
        requests
            .iter()
            .for_each(|request| screen::line(talk::request(request)));
    }
    Ok(())
}

pub(crate) async fn accept(link: &Link, common: &Common, name: &str) -> Result<(), Failure> {
    link.catch_up(common).await;
    let request = link.request_from(name).await?;
    let conversation = link.accept(request.id).await?;
    link.settle(common).await;
    if common.json {
        screen::json(&ConversationRef { conversation });
    } else {
        screen::line(format!("@{name} can write to you now."));
    }
    Ok(())
}

pub(crate) async fn decline(link: &Link, common: &Common, name: &str) -> Result<(), Failure> {
    link.catch_up(common).await;
    let request = link.request_from(name).await?;
    link.decline(request.id).await?;
    if !common.json {
        screen::line("Declined. Nobody is told.");
    }
    Ok(())
}
